#!/bin/sh
# Brings the generation's files into force.
set -eu
generation=@out@
echo "setting up /etc..." >&2
cp "$generation/etc/motd" /etc/motd
ln -sfn "$generation" /run/current-system.new
mv -T /run/current-system.new /run/current-system
