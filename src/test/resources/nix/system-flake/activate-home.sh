#!/bin/sh
# What Home Manager's activate does, in small: files, the profile and the root of what is activated.
set -eu
generation=@out@
behaviour=@behaviour@
echo "Starting Home Manager activation as $(id -un) in $HOME"
if [ "$behaviour" = fail ]; then
    echo "Existing file '$HOME/.greeting' would be clobbered" >&2
    exit 1
fi
profiles=$HOME/.local/state/nix/profiles
roots=$HOME/.local/state/home-manager/gcroots
mkdir -p "$profiles" "$roots"
if [ "$(readlink "$roots/current-home" || true)" != "$generation" ]; then
    last=0
    for link in "$profiles"/home-manager-*-link; do
        number=${link##*/home-manager-}
        number=${number%-link}
        [ ! -L "$link" ] || [ "$number" -le "$last" ] || last=$number
    done
    ln -s "$generation" "$profiles/home-manager-$((last + 1))-link"
    ln -sfn "home-manager-$((last + 1))-link" "$profiles/home-manager"
fi
ln -sfn "$generation/home-files/.greeting" "$HOME/.greeting"
ln -sfn "$generation" "$roots/current-home"
echo "runtime folder: ${XDG_RUNTIME_DIR:-none}"
