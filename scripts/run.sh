#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh BINARY: serves conf/demo.ini in the foreground until Ctrl-C; its files go under build/run.
set -eu

binary=$(realpath "$1")
prefix=$(dirname "$binary")/run
mkdir -p "$prefix/logs"
chmod 755 "$prefix" "$prefix/logs"

"$binary" -t -q -p "$prefix" -c "$PWD/conf/demo.ini"
cat << 'TRY'

weir serves http://127.0.0.1:8080/ now. Try, in another terminal:

  curl http://127.0.0.1:8080/                     what is running
  curl -i http://127.0.0.1:8080/app/              balanced over two backends, two to one: repeat it
  curl -i http://127.0.0.1:8080/old               a redirect
  curl -i http://127.0.0.1:8080/secret            403: denied by an address rule
  curl -s http://127.0.0.1:9145/metrics | grep weir_http_requests_total
TRY
cat << TRY
  $binary -p $prefix -c $PWD/conf/demo.ini -s reload
  tail -f $prefix/logs/access.log

Ctrl-C ends it.

TRY
exec "$binary" -p "$prefix" -c "$PWD/conf/demo.ini"
