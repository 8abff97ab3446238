# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# packages_need SECTION…: installs what is missing of those sections of tests/packages.txt. Says what and why.

packages_file=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../packages.txt

packages_list() {
    local section='' name rest wanted=" $* "
    while read -r name rest; do
        case $name in
        '' | \#*) ;;
        \[*) section=${name//[\[\]]/} ;;
        *) case $wanted in *" $section "*) echo "$name (${rest#\# })" ;; esac ;;
        esac
    done <"$packages_file"
}

packages_missing() {
    local name why
    packages_list "$@" | while read -r name why; do
        dpkg-query -W -f='${Status}\n' "$name" 2>/dev/null | grep -q 'install ok installed' || echo "$name $why"
    done
}

# Installing a database server starts it as a service; nothing but what our scripts start may run. A policy-rc.d that says no
# is Debian's way to prevent that; one that is there already stays.
packages_install() {
    local sudo='' policy=/usr/sbin/policy-rc.d made=0 status=0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "run as root or install sudo: $*" >&2; return 1; }
        sudo=sudo
    fi
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
        $sudo chmod 755 $policy
        made=1
    fi
    {
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
            $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
    } >&2 || status=$?
    [ $made = 0 ] || $sudo rm -f $policy
    return $status
}

packages_need() {
    local missing
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || { echo "no apt-get here; install: $missing" >&2; return 1; }
    echo "installing packages that are missing:" >&2
    printf '  %s\n' "${missing//$'\n'/$'\n'  }" >&2
    # shellcheck disable=SC2046 # a list of words
    packages_install $(echo "$missing" | cut -d' ' -f1)
}
