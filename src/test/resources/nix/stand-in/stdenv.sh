# The functions of nixpkgs' stdenv that nix/package.nix uses.
set -eu
runHook() { :; }
substituteInPlace() { # FILE, then MODE FROM TO...
    local file=$1 text
    shift
    while [ $# -gt 0 ]; do
        if [ "$1" = --replace-fail ]; then
            grep -qF -- "$2" "$file" || { echo "substituteInPlace: $file has no $2" >&2; exit 1; }
        fi
        text=$(cat "$file" && echo end)
        text=${text%end}
        printf %s "${text//"$2"/"$3"}" >"$file"
        shift 3
    done
}
