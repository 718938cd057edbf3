#!/usr/bin/env bash
# Everything the lab and the tests need on a bare Debian 12 or 13: packages, the Python environment, podman's settings.
# Safe to run again; does only what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
log=.lab/setup.log
venv=.venv

stop() { echo "setup: $1" >&2; exit "${2:-1}"; }

step() { # step TITLE COMMAND...: one line with the seconds it took; the command's own words only when it fails
  local title=$1 start=$SECONDS
  shift
  printf '  %s ...' "$title"
  if "$@" >>"$log" 2>&1; then
    echo " $((SECONDS - start)) s"
  else
    echo " failed after $((SECONDS - start)) s" >&2
    tail -n 20 "$log" | grep -v 'is ignored: it is neither a file nor a directory' >&2 || true
    stop "'$title' failed; everything it said is in $log"
  fi
}

check_machine() {
  [ "$(id -u)" = 0 ] || stop "run this as root: containers and their networks need it" 2
  # shellcheck disable=SC1091
  . /etc/os-release
  case "${ID:-}-${VERSION_ID:-}" in
    debian-12) network=(containernetworking-plugins iptables) ;;
    debian-13) network=(netavark aardvark-dns) ;;
    *) stop "this is ${PRETTY_NAME:-no Debian}; the lab runs on Debian 12 or 13" 2 ;;
  esac
  local free
  free=$(df --output=avail -B 1M . /var | tail -n +2 | sort -n | head -n 1)
  [ -d "$venv" ] || [ "$free" -ge 6000 ] || stop "only $free MiB are free; packages, Python environment and images take about 5 GiB"
}

missing_packages() { # those whose command (or file) is not there yet; a machine may have them from elsewhere
  local need=(podman:podman runc:runc nft:nftables ip:iproute2 ethtool:ethtool ovs-vswitchd:openvswitch-switch mmdebstrap:mmdebstrap npm:npm chromium:chromium
    ssh:openssh-client git:git shellcheck:shellcheck iperf3:iperf3 ping:iputils-ping)
  for pair in "${need[@]}"; do command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"; done
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  # Playwright's own Node.js needs libatomic1, which Debian 12's packages do not bring.
  for package in ca-certificates fonts-noto-cjk libatomic1 python3-apt "${network[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -y -q --no-install-recommends "$@"
}

python_environment() {
  # The hashes of the lock are the proof of what is installed; compiling 20,000 unused modules would double the time.
  "$venv/bin/python" -c '' 2>/dev/null || { rm -rf "$venv"; python3 -m venv "$venv"; }
  "$venv/bin/python" -m pip install --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
  "$venv/bin/python" -m pip install --no-compile --disable-pip-version-check --no-deps --no-build-isolation -e .
}

smaller() { if [ "$1" = unlimited ] || [ "$1" -gt "$2" ]; then echo "$2"; else echo "$1"; fi; }

podman_settings() { # CONTAINERS_CONF points here, so nothing under /etc changes
  local files processes
  files=$(smaller "$(ulimit -Hn)" 1048576)     # more than the machine's own limits would be refused
  processes=$(smaller "$(ulimit -Hu)" 30000)
  cat >.lab/containers.conf <<END
[containers]
default_ulimits = ["nofile=$files:$files", "nproc=$processes:$processes"]
[engine]
runtime = "runc"
END
}

check_machine
mkdir -p .lab
: >"$log"
mapfile -t packages < <(missing_packages)
[ ${#packages[@]} = 0 ] || step "Debian packages: ${packages[*]}" install_packages "${packages[@]}"
wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$venv/wardround.sha256" 2>/dev/null)" != "$wanted" ] || ! "$venv/bin/python" -c 'import ansible, wardround' 2>/dev/null; then
  step "Python environment from requirements.lock" python_environment
  echo "$wanted" >"$venv/wardround.sha256"
fi
podman_settings
