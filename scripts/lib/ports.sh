# shellcheck shell=bash
# Ports of this machine: which are taken, and a free one instead.

claimed_ports=' '

# port_taken PORT: whether anything listens on it, on any address.
port_taken() {
  local hex
  printf -v hex '%04X' "$1"
  # The fields are: slot, local address:port, remote, state; 0A is LISTEN.
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }'
}

# claim_port NAME WANTED: sets `claimed_port` to it or, where it is taken, to the first free one from WANTED + 100 on,
# and says so.
claim_port() {
  local name=$1 wanted=$2 port
  if [[ ! $wanted =~ ^[1-9][0-9]{0,4}$ ]] || ((wanted > 65535)); then
    die "the port of $name is '$wanted'" "set it to a number from 1 to 65535"
  fi
  port=$wanted
  if port_taken "$port" || [[ $claimed_ports == *" $port "* ]]; then
    port=$((wanted + 100 < 65000 ? wanted + 100 : 20000))
    while port_taken "$port" || [[ $claimed_ports == *" $port "* ]]; do
      ((++port <= 65535)) || die "no free port for $name from $wanted on"
    done
    warn "port $wanted is taken: $name uses $port"
  fi
  claimed_ports+="$port "
  # shellcheck disable=SC2034 # the caller reads it
  claimed_port=$port
}
