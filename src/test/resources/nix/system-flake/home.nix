# One generation of the home of a user. With "driver" 1 its activation leaves the profile to whoever starts it, and says so by
# the file gen-version, as Home Manager's have since 2025.
{ home, shell }:
shell.run "home-manager-generation"
  {
    inherit (home) behaviour;
    greeting =
      if home.greeting == "" then throw "machine.json: greeting is empty" else home.greeting;
    driver = home.driver or "0";
    script = ./activate-home.sh;
  }
  ''
    case $behaviour in
    build-fails)
      echo "this home was told not to build" >&2
      exit 7
      ;;
    no-home)
      mkdir "$out"
      exit 0
      ;;
    esac
    mkdir -p "$out/home-files"
    printf %s "$greeting" >"$out/home-files/.greeting"
    sed "s|@out@|$out|; s|@behaviour@|$behaviour|" "$script" >"$out/activate"
    chmod +x "$out/activate"
    [ "$driver" = 0 ] || echo 1.0 >"$out/gen-version"
  ''
