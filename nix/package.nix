# The daemon and its client, built offline from Maven's dependencies, which are fetched once and known by their hash.
#
# nix build path:.?dir=nix          on the JVM
# nix build path:.?dir=nix#native   as one program, by GraalVM
{
  lib,
  maven,
  jdk25_headless,
  graalvmPackages,
  coreutils,
  native ? false,
  # Of all artifacts Maven fetches. It changes with pom.xml, and with the Maven of nixpkgs; a build with lib.fakeHash
  # fails and says what it is.
  mvnHash ? lib.fakeHash,
}:
let
  jdk = if native then graalvmPackages.graalvm-ce else jdk25_headless;
in
maven.buildMavenPackage {
  pname = if native then "homeostat-native" else "homeostat";
  version = "0.1.0";

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../.mvn
      ../deploy/root
      ../docs
      ../pom.xml
      ../src/main
      ../templates
      ../README.md
    ];
  };

  mvnJdk = jdk;
  inherit mvnHash;
  # Tests need a machine of their own (deploy/check); formatting is no matter of a build.
  doCheck = false;
  mvnParameters = lib.concatStringsSep " " (
    [
      "-Dspotless.check.skip=true"
      "-Dmaven.test.skip=true"
    ]
    ++ (if native then [ "-Pnative" ] else [ "-Dquarkus.package.jar.type=aot-jar" ])
  );

  installPhase = ''
    runHook preInstall

    lib=$out/lib/homeostat
    mkdir -p $out/bin $lib $out/share/homeostat $out/share/doc/homeostat
    cp -r deploy/root/usr/lib/systemd deploy/root/usr/lib/sysusers.d deploy/root/usr/lib/tmpfiles.d $out/lib/
    cp -r templates $out/share/homeostat/
    cp -r README.md docs $out/share/doc/homeostat/
  ''
  + (
    if native then
      ''
        install -m755 target/homeostat-runner $out/bin/homeostat
      ''
    else
      ''
        install -m755 deploy/root/usr/bin/homeostat $out/bin/homeostat
        cp deploy/root/usr/lib/homeostat/{daemon.args,client.args,knowledge.args,documents.args,mcp.args,model.args,fanotify.conf} $lib/
        install -m755 deploy/root/usr/lib/homeostat/train $lib/train
        cp -r target/quarkus-app $lib/app
        cp target/homeostat-client.jar $lib/
        ln -s ${jdk}/bin/java $lib/java
        substituteInPlace $out/bin/homeostat --replace-fail /usr/lib/homeostat $lib
      ''
  )
  + ''
    for unit in $out/lib/systemd/*/homeostat{.,-knowledge.,-documents.}*; do
      substituteInPlace $unit \
        --replace-quiet /usr/bin/homeostat $out/bin/homeostat \
        --replace-quiet /usr/share/doc/homeostat $out/share/doc/homeostat \
        --replace-quiet /bin/kill ${coreutils}/bin/kill
      # the caches are made here, once; the store cannot be written to later
      sed -i '/^# Caches for this JVM/d; /^ExecStartPre=/d' $unit
    done

    for shell in bash zsh fish; do
      $out/bin/homeostat completion $shell >homeostat.$shell
    done
    install -Dm644 homeostat.bash $out/share/bash-completion/completions/homeostat
    install -Dm644 homeostat.zsh $out/share/zsh/site-functions/_homeostat
    install -Dm644 homeostat.fish $out/share/fish/vendor_completions.d/homeostat.fish
    $out/bin/homeostat schema >$out/share/homeostat/machine.schema.json

    runHook postInstall
  '';

  # Ahead-of-time caches are valid for jars of one size and age. The store gives every file the same age, so they get it
  # before. Without caches everything works, and starts more slowly.
  postFixup = lib.optionalString (!native) ''
    find $out/lib/homeostat -exec touch --no-dereference --date=@1 {} +
    $out/lib/homeostat/train || echo "no ahead-of-time caches: the daemon and the client will start slowly" >&2
  '';

  meta = {
    description = "Keeps a machine as its owner declared it";
    mainProgram = "homeostat";
    platforms = [
      "x86_64-linux"
      "aarch64-linux"
    ];
  };
}
