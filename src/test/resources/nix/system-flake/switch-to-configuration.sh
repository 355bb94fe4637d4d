#!/bin/sh
# What NixOS's program of this name does, in small: units that are gone are stopped, changed ones restarted or reloaded, new
# ones started. "behaviour" makes it fail (fail), hang (hang), not end when asked to (stubborn), wait for a line in
# /run/lab-go (wait), or restart the daemon that ordered it (restart-daemon).
set -u
generation=@out@
behaviour=@behaviour@
action=${1:?switch, boot, test or dry-activate}
lock=/run/nixos/switch-to-configuration.lock

case $action in switch | boot | test | dry-activate) ;; *)
    echo "unknown action $action" >&2
    exit 2
    ;;
esac

if [ -z "${LAB_LOCKED:-}" ]; then
    mkdir -p /run/nixos
    LAB_LOCKED=1 exec flock --nonblock --conflict-exit-code 11 "$lock" "$0" "$@"
fi

new=$generation/etc/systemd/system
old=/run/current-system/etc/systemd/system
stop='' restart='' reload='' start=''
for unit in "$old"/*; do
    name=${unit##*/}
    [ ! -e "$unit" ] || [ -e "$new/$name" ] || stop="$stop $name"
done
for unit in "$new"/*; do
    name=${unit##*/}
    if [ ! -e "$unit" ]; then
        continue
    elif [ ! -e "$old/$name" ]; then
        start="$start $name"
    elif ! cmp -s "$unit" "$old/$name"; then
        if grep -q '^X-ReloadIfChanged=true' "$unit"; then reload="$reload $name"; else restart="$restart $name"; fi
    fi
done

list() { # WORDS UNIT...
    words=$1
    shift
    [ $# = 0 ] || echo "$words the following units: $(echo "$@" | sed 's/ /, /g')" >&2
}

if [ "$action" = dry-activate ]; then
    # shellcheck disable=SC2086 # names of units have no blanks
    {
        list 'would stop' $stop
        echo 'would activate the configuration...' >&2
        list 'would reload' $reload
        list 'would restart' $restart
        list 'would start' $start
    }
    exit 0
fi

echo "$action $generation" >>/var/log/lab-switches # for who counts them

if [ "$action" != test ]; then
    mkdir -p /boot
    echo "$generation" >/boot/lab-default
    echo "updating the boot loader" >&2
fi
[ "$action" != boot ] || exit 0

# shellcheck disable=SC2086
[ -z "$stop" ] || { list stopping $stop; systemctl stop $stop; }

case $behaviour in
fail)
    echo "this switch was told to fail" >&2
    exit 4
    ;;
hang)
    echo "this switch hangs" >&2
    sleep 100000
    ;;
stubborn)
    trap '' TERM
    echo "this switch does not end" >&2
    while :; do sleep 1; done
    ;;
wait)
    echo "waiting for a line in /run/lab-go" >&2
    [ -p /run/lab-go ] || mkfifo /run/lab-go
    read -r go </run/lab-go
    echo "going on: $go" >&2
    ;;
restart-daemon)
    systemctl restart homeostat.service
    ;;
esac

"$generation/activate" || exit 3
mkdir -p /run/systemd/system
for name in $stop; do rm -f "/run/systemd/system/$name"; done
for unit in "$new"/*; do [ ! -e "$unit" ] || cp "$unit" /run/systemd/system/; done
systemctl daemon-reload
status=0
# shellcheck disable=SC2086
{
    [ -z "$reload" ] || { list reloading $reload; systemctl reload $reload || status=4; }
    [ -z "$restart" ] || { list restarting $restart; systemctl restart $restart || status=4; }
    [ -z "$start" ] || { list starting $start; systemctl start $start || status=4; }
}
# as NixOS starts its default.target: what a switch that did not come to its end has stopped runs again
for unit in "$new"/*; do
    name=${unit##*/}
    case $(systemctl show -P ActiveState "$name") in inactive) [ ! -e "$unit" ] || systemctl start "$name" || status=4 ;; esac
done
exit $status
