# A small stand-in for nixpkgs' lib, for tests where nixpkgs is not: modules with options and definitions that are merged
# by type and priority, mkIf, mkMerge, mkDefault, mkForce, imports, submodules. Undeclared options and values of a wrong
# type are errors. What our Nix files do not use is not here.
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatLists
    concatStringsSep
    elem
    filter
    foldl'
    functionArgs
    head
    intersectAttrs
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    map
    match
    tail
    ;

  concatMap = f: list: concatLists (map f list);
  mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  nameValuePair = name: value: { inherit name value; };
  filterAttrs =
    keep: set:
    listToAttrs (
      concatMap (name: if keep name set.${name} then [ (nameValuePair name set.${name}) ] else [ ]) (
        attrNames set
      )
    );
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  unique = foldl' (done: x: if elem x done then done else done ++ [ x ]) [ ];
  recursiveUpdate =
    a: b:
    a
    // builtins.mapAttrs (
      name: value: if isAttrs value && isAttrs (a.${name} or null) then recursiveUpdate a.${name} value else value
    ) b;
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      n = builtins.stringLength text - builtins.stringLength suffix;
    in
    n >= 0 && builtins.substring n (-1) text == suffix;
  removePrefix =
    prefix: text: if hasPrefix prefix text then builtins.substring (builtins.stringLength prefix) (-1) text else text;
  removeSuffix =
    suffix: text:
    if hasSuffix suffix text then
      builtins.substring 0 (builtins.stringLength text - builtins.stringLength suffix) text
    else
      text;
  splitString = separator: text: filter isString (builtins.split (builtins.replaceStrings [ "." ] [ "\\." ] separator) text);
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if isAttrs set && set ? ${head path} then
      attrByPath (tail path) default set.${head path}
    else
      default;

  # ---- definitions

  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  isType = type: value: isAttrs value && value._type or null == type;

  # Properties around a set become properties of its values: names are known without the conditions.
  pushDown =
    value:
    if isType "if" value then
      map (builtins.mapAttrs (_: mkIf value.condition)) (pushDown value.content)
    else if isType "override" value then
      map (builtins.mapAttrs (_: mkOverride value.priority)) (pushDown value.content)
    else if isType "merge" value then
      concatMap pushDown value.contents
    else
      [ value ];

  # The values that count: conditions hold, and no other definition has precedence.
  effective =
    definitions:
    let
      discharge =
        priority: value:
        if isType "if" value then
          (if value.condition then discharge priority value.content else [ ])
        else if isType "override" value then
          discharge value.priority value.content
        else if isType "merge" value then
          concatMap (discharge priority) value.contents
        else
          [ { inherit priority value; } ];
      found = concatMap (discharge 100) definitions;
      strongest = foldl' (least: x: if x.priority < least then x.priority else least) 10000 found;
    in
    map (x: x.value) (filter (x: x.priority == strongest) found);

  show = concatStringsSep ".";

  # ---- types: check one value, merge several, and say which options were set below

  mkType = type: {
    merge =
      path: values:
      if length values == 1 || all (value: value == head values) values then
        head values
      else
        throw "${show path} is defined in different ways";
    set = path: _: [ (show path) ];
  } // type;

  checked =
    type: path: values:
    let
      wrong = filter (value: !type.check value) values;
    in
    if wrong == [ ] then
      type.merge path values
    else
      throw "${show path} is not ${type.name}, but ${builtins.typeOf (head wrong)}";

  anything = mkType {
    name = "anything";
    check = _: true;
  };
  integer =
    name: holds:
    mkType {
      inherit name;
      check = value: isInt value && holds value;
    };
  texts =
    name: holds:
    mkType {
      inherit name;
      check = value: isString value && holds value;
    };

  types = rec {
    inherit anything;
    unspecified = anything;
    bool = mkType {
      name = "a boolean";
      check = isBool;
    };
    int = integer "a number" (_: true);
    ints.unsigned = integer "a number from 0" (value: value >= 0);
    ints.positive = integer "a number from 1" (value: value > 0);
    port = integer "a port" (value: value >= 0 && value < 65536);
    str = texts "text" (_: true);
    path = mkType {
      name = "a path";
      check = value: isPath value || (isString value && hasPrefix "/" value);
    };
    package = mkType {
      name = "a package";
      check = isType' "derivation";
    };
    isType' = type: value: isAttrs value && value.type or null == type;
    strMatching = pattern: texts "text like ${pattern}" (value: match pattern value != null);
    enum =
      values:
      mkType {
        name = "one of ${builtins.toJSON values}";
        check = value: elem value values;
      };
    nullOr =
      type:
      mkType {
        name = "null or ${type.name}";
        check = value: value == null || type.check value;
        merge = path: values: if elem null values then null else type.merge path values;
        set = path: values: if elem null values then [ (show path) ] else type.set path values;
      };
    either =
      a: b:
      mkType {
        name = "${a.name} or ${b.name}";
        check = value: a.check value || b.check value;
        merge = path: values: if all a.check values then a.merge path values else b.merge path values;
      };
    listOf =
      type:
      mkType {
        name = "a list of ${type.name}";
        check = isList;
        merge = path: values: map (value: checked type (path ++ [ "*" ]) [ value ]) (concatLists values);
        set =
          path: values:
          if type.nested or false then
            unique (concatMap (value: type.set (path ++ [ "*" ]) [ value ]) (concatLists values))
          else
            [ (show path) ];
      };
    attrsOf =
      type:
      let
        byName =
          values:
          let
            sets = concatMap pushDown values;
            names = unique (concatMap attrNames sets);
          in
          # a name whose definitions all have conditions that do not hold is not there
          filterAttrs (_: found: found != [ ]) (
            genAttrs names (name: effective (map (set: set.${name}) (filter (set: set ? ${name}) sets)))
          );
      in
      mkType {
        name = "a set of ${type.name}";
        check = isAttrs;
        merge = path: values: builtins.mapAttrs (name: checked type (path ++ [ name ])) (byName values);
        set =
          path: values:
          if type.nested or false then
            unique (concatLists (attrValues (builtins.mapAttrs (_: type.set (path ++ [ "<name>" ])) (byName values))))
          else
            [ (show path) ];
      };
    submodule =
      module:
      let
        evaluate =
          path: values:
          evaluateLevel path (if isFunction module then module { name = builtins.elemAt path (length path - 1); } else module)
          .options values;
      in
      mkType {
        name = "a set of options";
        check = isAttrs;
        nested = true;
        merge = path: values: builtins.seq (evaluate path values).unknown (evaluate path values).config;
        set = path: values: (evaluate path values).set;
      };
  };

  # ---- options

  mkOption = option: option // { _type = "option"; };

  evaluateOption =
    path: option: definitions:
    let
      values = effective definitions;
      type = option.type or anything;
    in
    {
      config =
        if option.readOnly or false && length values > 1 then
          throw "${show path} is read-only, and set more than once"
        else if values != [ ] then
          checked type path values
        else
          option.default or (throw "${show path} is used, but not defined");
      set = if values == [ ] then [ ] else type.set path values;
      unknown = null;
    };

  evaluateLevel =
    path: options: definitions:
    if isType "option" options then
      evaluateOption path options definitions
    else
      let
        sets = concatMap pushDown definitions;
        below = builtins.mapAttrs (
          name: option:
          evaluateLevel (path ++ [ name ]) option (map (set: set.${name}) (filter (set: set ? ${name}) sets))
        ) options;
        strangers = filter (name: !options ? ${name}) (unique (concatMap attrNames sets));
      in
      {
        config = builtins.mapAttrs (_: level: level.config) below;
        set = concatMap (level: level.set) (attrValues below);
        unknown =
          if strangers != [ ] then
            throw "the option ${show (path ++ [ (head strangers) ])} does not exist"
          else
            foldl' (_: level: builtins.seq level.unknown null) null (attrValues below);
      };

  # ---- modules

  declare =
    path: a: b:
    foldl' (
      done: name:
      done
      // {
        ${name} =
          if !done ? ${name} then
            b.${name}
          else if isType "option" done.${name} || isType "option" b.${name} then
            throw "the option ${show (path ++ [ name ])} is declared twice"
          else
            declare (path ++ [ name ]) done.${name} b.${name};
      }
    ) a (attrNames b);

  evalModules =
    {
      modules,
      specialArgs ? { },
    }:
    let
      arguments = specialArgs // {
        inherit lib;
        inherit (level) config;
      };
      open =
        module:
        let
          function = if isPath module || isString module then import module else module;
          raw =
            if isFunction function then
              function (
                # a module without "..." gets what it asks for
                if functionArgs function == { } then arguments else intersectAttrs (functionArgs function) arguments
              )
            else
              function;
          long = raw ? options || raw ? config;
          extra = removeAttrs raw [
            "_file"
            "config"
            "imports"
            "key"
            "meta"
            "options"
          ];
        in
        if long && extra != { } then
          throw "a module with options or config has ${head (attrNames extra)} beside them"
        else
          {
            imports = raw.imports or [ ];
            options = raw.options or { };
            config = if long then raw.config or { } else removeAttrs raw [ "imports" ];
          };
      # each file once, however often it is imported
      collect =
        done: list:
        foldl' (
          found: module:
          let
            key = if isPath module || isString module then toString module else null;
            opened = open module;
          in
          if key != null && elem key found.keys then
            found
          else
            collect {
              keys = found.keys ++ (if key == null then [ ] else [ key ]);
              all = found.all ++ [ opened ];
            } opened.imports
        ) done list;
      all = (collect { keys = [ ]; all = [ ]; } modules).all;
      options = foldl' (declare [ ]) { } (map (module: module.options) all);
      level = evaluateLevel [ ] options (map (module: module.config) all);
    in
    {
      inherit options;
      inherit (level) set;
      config = builtins.seq level.unknown level.config;
    };

  lib = {
    inherit
      attrByPath
      concatMap
      evalModules
      filterAttrs
      genAttrs
      hasPrefix
      hasSuffix
      mapAttrs'
      mkIf
      mkMerge
      mkOption
      mkOverride
      nameValuePair
      recursiveUpdate
      removePrefix
      removeSuffix
      splitString
      types
      unique
      ;
    inherit (builtins)
      attrNames
      elem
      filter
      head
      length
      mapAttrs
      ;
    mkDefault = mkOverride 1000;
    mkForce = mkOverride 50;
    mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
    optional = condition: value: if condition then [ value ] else [ ];
    optionalString = condition: text: if condition then text else "";
    inherit (builtins) concatStringsSep;
    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    fileset.unions = files: files;
    fileset.toSource =
      { root, fileset }: if all builtins.pathExists fileset then root else throw "a file of the source is not there";
    optionals = condition: values: if condition then values else [ ];
    optionalAttrs = condition: set: if condition then set else { };
  };
in
lib
