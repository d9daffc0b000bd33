# Shared by the scripts beside it; sourced, with the project's root as the current folder.
# shellcheck shell=bash

# Another file than .env, for tests and second stacks: compose reads it for itself too.
if [ -n "${ENV_FILE:-}" ]; then export COMPOSE_ENV_FILES=$ENV_FILE; fi

# fail says what is wrong and what to do, and ends the script.
fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# setting prints a variable as compose sees it: the environment over .env over a default.
setting() {
  local name=$1 default=${2:-} line
  if [ -n "${!name:-}" ]; then
    printf '%s' "${!name}"
    return
  fi
  line=$(grep -E "^[[:space:]]*(export +)?$name=" "${ENV_FILE:-.env}" 2>/dev/null | tail -n1) || true
  line=${line#*=}
  line=${line%$'\r'}
  case $line in
    \"*\") line=${line#\"} line=${line%\"} ;;
    \'*\') line=${line#\'} line=${line%\'} ;;
    *) line=${line%%[[:space:]]#*} ;;
  esac
  printf '%s' "${line:-$default}"
}

# need_engine ends the script where there is no engine to talk to.
need_engine() {
  command -v docker >/dev/null ||
    fail 'There is no docker here. Install Docker Engine with the Compose plugin: https://docs.docker.com/engine/install/'
  local answer
  if ! answer=$(docker info --format '{{.ServerVersion}}' 2>&1); then
    case $answer in
      *'permission denied'*) fail "This account may not talk to Docker. Run as root, or: sudo usermod -aG docker $(id -un), and log in again." ;;
      *) fail 'Docker does not answer. Start it: sudo systemctl start docker' "($(tail -n1 <<<"$answer"))" ;;
    esac
  fi
  docker compose version >/dev/null 2>&1 ||
    fail 'Docker is here, its Compose plugin (v2) is not. Debian, Ubuntu: sudo apt-get install docker-compose-plugin'
}

# take_version sets the version and the commit that the images' binary will name.
take_version() {
  VERSION=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo dev)}
  COMMIT=${COMMIT:-$(git rev-parse HEAD 2>/dev/null || echo unknown)}
  export VERSION COMMIT
}

# port_taken tells whether something else than the given compose file's containers listens there.
port_taken() {
  local address=$1 port=$2
  [ "$address" = 0.0.0.0 ] && address=127.0.0.1
  (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null
}

loopback() {
  case $1 in 127.* | ::1 | '[::1]' | localhost) return 0 ;; *) return 1 ;; esac
}
