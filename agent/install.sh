#!/bin/sh
# Installs the Keyward agent on a Linux machine. Read it, then run it as root:
#
#   sh install.sh https://keyward.example.com [--server-key <kid>] [--token-file <file>] [--gateway] [--dry-run]
#
# The token may also come in KEYWARD_TOKEN, which the list of processes does not show.
#
# It needs Node 20 or newer, and curl or wget. It downloads one file, compares it with the checksum below, puts it and
# a service unit in place, and enrols the machine if it is given a token. Running it again upgrades the agent.
set -eu

SHA256="@SHA256@"
LIBRARY=/usr/local/lib/keyward-agent
PROGRAM=/usr/local/bin/keyward-agent

fail() {
  echo "install.sh: $1" >&2
  exit "${2:-1}"
}

usage() {
  echo "Usage: sh install.sh <server> [--server-key <kid>] [--token-file <file>] [--name <name>] [--gateway] [--no-service] [--dry-run]"
}

# Says what it does; with --dry-run says only what it would do.
run() {
  echo "+ $*"
  if [ "$dry_run" = no ]; then "$@"; fi
}

parse_arguments() {
  server='' server_key='' token_file='' name='' service=yes dry_run=no role=agent
  environment_token=${KEYWARD_TOKEN:-}
  while [ $# -gt 0 ]; do
    case $1 in
      --server-key | --token-file | --name)
        [ $# -ge 2 ] || fail "$1 needs a value" 2
        case $1 in
          --server-key) server_key=$2 ;;
          --token-file) token_file=$2 ;;
          --name) name=$2 ;;
        esac
        shift
        ;;
      --gateway) role=gateway ;;
      --no-service) service=no ;;
      --dry-run) dry_run=yes ;;
      -h | --help)
        usage
        exit 0
        ;;
      -*) fail "there is no option $1" 2 ;;
      *)
        [ -z "$server" ] || fail "name one server only" 2
        server=${1%/}
        ;;
    esac
    shift
  done
  case $server in
    https://?* | http://localhost* | http://127.*) ;;
    '')
      usage >&2
      exit 2
      ;;
    *) fail "the server must be reached over https" 2 ;;
  esac
}

check_machine() {
  [ "$dry_run" = yes ] || [ "$(id -u)" -eq 0 ] || fail "run it as root, or with --dry-run to see what it would do"
  node=$(command -v node) || fail "Node 20 or newer is needed: install it from your distribution or nodejs.org"
  "$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
    fail "Node 20 or newer is needed; $node is $("$node" --version)"
  command -v sha256sum >/dev/null || fail "sha256sum is needed"
  if [ "$service" = yes ] && [ ! -d /run/systemd/system ]; then
    echo "systemd is not running here: no service will be set up. Start the agent by other means."
    service=no
  fi
}

download() {
  if command -v curl >/dev/null; then
    run curl --fail --silent --show-error --output "$2" "$1"
  elif command -v wget >/dev/null; then
    run wget --quiet --output-document="$2" "$1"
  else
    fail "curl or wget is needed"
  fi
}

install_agent() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  download "$server/agent/keyward-agent.mjs" "$work/keyward-agent.mjs"
  echo "+ compare its SHA-256 with $SHA256"
  if [ "$dry_run" = no ]; then
    echo "$SHA256  $work/keyward-agent.mjs" | sha256sum -c - >/dev/null ||
      fail "the download is not what this installer was made for; fetch install.sh again from $server"
    # The service gets the interpreter that was checked, wherever root's PATH leads later.
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$node" "$LIBRARY/keyward-agent.mjs" >"$work/keyward-agent"
  fi
  run mkdir -p "$LIBRARY" "$(dirname "$PROGRAM")"
  run install -m 0755 "$work/keyward-agent.mjs" "$LIBRARY/keyward-agent.mjs"
  run install -m 0755 "$work/keyward-agent" "$PROGRAM"
  run install -d -m 0700 "$STATE"
}

print_agent_unit() {
  cat <<'KEYWARD_UNIT'
@UNIT@
KEYWARD_UNIT
}

print_gateway_unit() {
  cat <<'KEYWARD_UNIT'
@GATEWAY_UNIT@
KEYWARD_UNIT
}

install_service() {
  [ "$service" = yes ] || return 0
  "print_${role}_unit" >"$work/unit"
  run install -m 0644 "$work/unit" "/etc/systemd/system/keyward-$role.service"
  run systemctl daemon-reload
}

enrol() {
  gateway=''
  if [ "$role" = gateway ]; then gateway=gateway; fi
  if [ -z "$token_file$environment_token" ]; then
    echo "Next: keyward-agent${gateway:+ $gateway} enrol $server${server_key:+ --server-key=$server_key} --token-file <file>"
    return 0
  fi
  set -- ${gateway:+$gateway} enrol "$server" --state-dir "$STATE"
  if [ -n "$token_file" ]; then set -- "$@" --token-file "$token_file"; fi
  if [ -n "$server_key" ]; then set -- "$@" "--server-key=$server_key"; fi
  if [ -n "$name" ]; then set -- "$@" --name "$name"; fi
  # Standard input may be this very script; the agent must not read the rest of it.
  run "$PROGRAM" "$@" </dev/null
}

start() {
  [ "$service" = yes ] || return 0
  if [ -n "$token_file$environment_token" ] || [ -e "$STATE/enrolment.json" ]; then
    run systemctl enable "keyward-$role"
    run systemctl restart "keyward-$role"
  fi
}

main() {
  parse_arguments "$@"
  STATE=/var/lib/keyward-$role
  check_machine
  install_agent
  install_service
  enrol
  start
  if [ "$dry_run" = yes ]; then echo "Nothing was changed."; else echo "Done."; fi
}

# The last line, so that half a download does nothing.
main "$@"
