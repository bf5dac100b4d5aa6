#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of scripts/packages.txt that are missing; asks the network for nothing when none is.
# Arguments name groups (run, build, test); without any: all of them.
set -eu

list=$(dirname "$0")/packages.txt
groups=${*:-run build test}

missing=()
while read -r group package; do
  [[ " $groups " == *" $group "* ]] || continue
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done < <(grep -v '^#' "$list")

[[ ${#missing[@]} -eq 0 ]] && exit 0

echo "installing: ${missing[*]}"
as_root=()
[[ $(id -u) -eq 0 ]] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
