# An overlay with the declared corrections of Python packages: for every interpreter, wherever nixpkgs uses the package.
overrides: final: prev: {
  pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [
    (
      pythonFinal: pythonPrev:
      builtins.mapAttrs (
        name: override:
        (pythonPrev.${name} or (throw "machine.yaml: there is no Python package ${name} in this nixpkgs"))
        .overridePythonAttrs
          (
            old:
            (if override.skipTests then { doCheck = false; } else { })
            // {
              disabledTests = old.disabledTests or [ ] ++ override.disabledTests;
              pythonRelaxDeps =
                let
                  relaxed = old.pythonRelaxDeps or [ ];
                in
                if relaxed == true then true else relaxed ++ override.relaxDependencies;
            }
          )
      ) overrides
    )
  ];
}
