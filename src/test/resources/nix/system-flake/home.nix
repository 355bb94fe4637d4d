# One generation of the home of the user app.
{ machine, shell }:
shell.run "home-manager-generation"
  {
    inherit (machine.home) greeting behaviour;
    script = ./activate-home.sh;
  }
  ''
    mkdir -p "$out/home-files"
    printf %s "$greeting" >"$out/home-files/.greeting"
    sed "s|@out@|$out|; s|@behaviour@|$behaviour|" "$script" >"$out/activate"
    chmod +x "$out/activate"
  ''
