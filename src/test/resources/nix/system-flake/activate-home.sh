#!/bin/sh
# What Home Manager's activate does, in small: the profile (unless whoever starts it does that), files, and at the end the root
# of what is activated. "behaviour" makes it fail before it changed anything (fail), fail when it has changed files (late),
# or wait for a line in ~/.lab-go (wait).
set -eu
generation=@out@
behaviour=@behaviour@
driver=0
while [ $# -gt 0 ]; do
    case $1 in
    --driver-version)
        driver=$2
        shift 2
        ;;
    *)
        echo "unknown option $1" >&2
        exit 1
        ;;
    esac
done
echo "Starting Home Manager activation as $(id -un) in $HOME"
if [ "$behaviour" = fail ]; then
    echo "Existing file '$HOME/.greeting' would be clobbered" >&2
    exit 1
fi
profiles=$HOME/.local/state/nix/profiles
roots=$HOME/.local/state/home-manager/gcroots
mkdir -p "$profiles" "$roots"
if [ "$driver" = 0 ] && [ "$(readlink "$roots/current-home" || true)" != "$generation" ]; then
    last=0
    for link in "$profiles"/home-manager-*-link; do
        number=${link##*/home-manager-}
        number=${number%-link}
        [ ! -L "$link" ] || [ "$number" -le "$last" ] || last=$number
    done
    ln -s "$generation" "$profiles/home-manager-$((last + 1))-link"
    ln -sfn "home-manager-$((last + 1))-link" "$profiles/home-manager"
fi
if [ "$behaviour" = wait ]; then
    [ -p "$HOME/.lab-go" ] || mkfifo "$HOME/.lab-go"
    echo "waiting for a line in $HOME/.lab-go" >&2
    read -r go <"$HOME/.lab-go"
    echo "going on: $go" >&2
fi
ln -sfn "$generation/home-files/.greeting" "$HOME/.greeting"
if [ "$behaviour" = late ]; then
    echo "this activation was told to fail" >&2
    exit 3
fi
ln -sfn "$generation" "$roots/current-home"
echo "runtime folder: ${XDG_RUNTIME_DIR:-none}"
