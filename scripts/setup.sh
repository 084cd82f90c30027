# shellcheck shell=bash
# What this project needs from the system: looked for in milliseconds, installed only where missing.
#
# Sourced by run.sh, test.sh and .ci/run, which set ROOT to the root of the project. Works on Debian,
# Ubuntu, Fedora, Arch (and what descends from them) and macOS, with the bash 3.2 that macOS ships.
#
#   ensure_packages build window test   says what is missing of these uses, and installs it
#   ensure_rust                         a Rust toolchain new enough for Cargo.toml
#   ensure_rust_component clippy        a tool that comes with the toolchain

# use|what it is|how it is recognised|apt|dnf|pacman
#
# `test` rows are wanted, not needed: the tests that use them say so and skip. A sound server is only
# wanted where there is none, since a second one would unseat that of a desktop.
SYSTEM_NEEDS='
build|C compiler|command cc|gcc libc6-dev|gcc|gcc
build|pkg-config|command pkg-config|pkg-config|pkgconf-pkg-config|pkgconf
build|ALSA headers|pkg-config alsa|libasound2-dev|alsa-lib-devel|alsa-lib
window|OpenGL|library libGL.so.1|libgl1|libglvnd-glx mesa-dri-drivers|libglvnd mesa
window|EGL|library libEGL.so.1|libegl1|libglvnd-egl|libglvnd mesa
window|X11|library libX11.so.6|libx11-6|libX11|libx11
window|X11 to XCB bridge|library libX11-xcb.so.1|libx11-xcb1|libX11-xcb|libx11
window|X11 cursors|library libXcursor.so.1|libxcursor1|libXcursor|libxcursor
window|X11 input devices|library libXi.so.6|libxi6|libXi|libxi
window|X11 screen sizes|library libXrandr.so.2|libxrandr2|libXrandr|libxrandr
window|keyboard layouts|library libxkbcommon.so.0|libxkbcommon0|libxkbcommon|libxkbcommon
window|keyboard layouts under X11|library libxkbcommon-x11.so.0|libxkbcommon-x11-0|libxkbcommon-x11|libxkbcommon-x11
window|Wayland|library libwayland-client.so.0|libwayland-client0|libwayland-client|wayland
window|Wayland with EGL|library libwayland-egl.so.1|libwayland-egl1|libwayland-egl|wayland
window|D-Bus (file dialogs)|library libdbus-1.so.3|libdbus-1-3|dbus-libs|dbus
test|virtual display|command Xvfb|xvfb xauth|xorg-x11-server-Xvfb xorg-x11-xauth|xorg-server-xvfb xorg-xauth
test|sound server|command pulseaudio pipewire|pulseaudio|pulseaudio|pulseaudio
test|sound server tools|command pactl|pulseaudio-utils|pulseaudio-utils|libpulse
test|ALSA to sound server bridge|alsa-plugin pulse|libasound2-plugins|alsa-plugins-pulseaudio|alsa-plugins
test|speech synthesiser|command espeak-ng|espeak-ng|espeak-ng|espeak-ng
test|Verilog simulator|command iverilog|iverilog|iverilog|iverilog
test|make|command make|make|make|make
'

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# --- system packages ---------------------------------------------------------------------------------

package_manager() {
  if [ "$(uname -s)" = Darwin ]; then echo brew
  elif has apt-get; then echo apt
  elif has dnf; then echo dnf
  elif has pacman; then echo pacman
  else echo none
  fi
}

is_there() { # is_there KIND NAME...
  local kind=$1 name
  shift
  case $kind in
    command) for name in "$@"; do has "$name" && return 0; done; return 1 ;;
    pkg-config) has pkg-config && pkg-config --exists "$1" ;;
    # On Debian, ldconfig is not on the path of an ordinary user.
    library) [[ $KNOWN_LIBRARIES == *[[:space:]]"$1"[[:space:]]* ]] ;;
    alsa-plugin) compgen -G "/usr/lib*/alsa-lib/libasound_module_pcm_$1.so" >/dev/null ||
      compgen -G "/usr/lib/*/alsa-lib/libasound_module_pcm_$1.so" >/dev/null ;;
  esac
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif has sudo; then sudo "$@"
  else fail "Installing needs root and there is no sudo: run this as root, then start again: $*"
  fi
}

install_packages() { # install_packages MANAGER PACKAGE...
  local manager=$1
  shift
  case $manager in
    apt)
      as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --no-remove install "$@"
      ;;
    dnf) as_root dnf -q -y install "$@" ;;
    # A fresh Arch has no package lists, and new lists without an upgrade are not supported there.
    pacman) as_root pacman -S --needed --noconfirm "$@" || as_root pacman -Syu --needed --noconfirm "$@" ;;
    brew) brew install "$@" ;;
  esac
}

ensure_macos_compiler() {
  xcode-select -p >/dev/null 2>&1 && return
  xcode-select --install >/dev/null 2>&1
  fail "The C compiler is missing: press Install in the dialog that has just opened, then start this script again."
}

ensure_packages() { # ensure_packages USE...
  local manager uses=" $* " use what test apt dnf pacman named needed="" wanted="" needed_names="" wanted_names=""
  manager=$(package_manager)
  if [ "$manager" = brew ]; then
    ensure_macos_compiler
    return
  fi
  KNOWN_LIBRARIES=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null)
  while IFS='|' read -r use what test apt dnf pacman; do
    [[ -n $use && $uses == *" $use "* ]] || continue
    # shellcheck disable=SC2086  # the recogniser is a few words
    is_there $test && continue
    case $manager in apt) named=$apt ;; dnf) named=$dnf ;; pacman) named=$pacman ;; *) named="" ;; esac
    if [ "$use" = test ]; then
      wanted="$wanted $named" wanted_names="$wanted_names, $what"
    else
      needed="$needed $named" needed_names="$needed_names, $what"
    fi
  done <<<"$SYSTEM_NEEDS"

  if [ -n "$needed_names" ]; then
    [ "$manager" != none ] ||
      fail "Missing: ${needed_names#, }. This system has none of apt, dnf, pacman, brew: install them by its own means."
    say "Missing: ${needed_names#, }. Installing with $manager:$needed"
    # shellcheck disable=SC2086  # lists of package names
    install_packages "$manager" $needed || fail "Installing failed; the lines above say why. Packages:$needed"
  fi
  if [ -n "$wanted_names" ]; then
    say "Missing for some tests: ${wanted_names#, }. Installing with $manager:$wanted"
    # shellcheck disable=SC2086
    (install_packages "$manager" $wanted) || say "They could not be installed; tests that use them will skip."
  fi
}

# --- Rust --------------------------------------------------------------------------------------------

rust_wanted() { sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' "$ROOT/Cargo.toml"; }

rust_found() { cargo --version 2>/dev/null | sed -n 's/^cargo \([0-9]*\.[0-9]*\).*/\1/p'; }

rust_is_recent() {
  local found wanted
  found=$(rust_found)
  wanted=$(rust_wanted)
  [ -n "$found" ] || return 1
  [ "${found%%.*}" -gt "${wanted%%.*}" ] ||
    { [ "${found%%.*}" -eq "${wanted%%.*}" ] && [ "$(cut -d. -f2 <<<"$found")" -ge "$(cut -d. -f2 <<<"$wanted")" ]; }
}

find_rust() {
  local cargo_bin=${CARGO_HOME:-$HOME/.cargo}/bin brew_bin=""
  has brew && brew_bin=$(brew --prefix 2>/dev/null)/opt/rustup/bin
  [ -d "$cargo_bin" ] && PATH=$cargo_bin:$PATH
  [ -n "$brew_bin" ] && [ -d "$brew_bin" ] && PATH=$brew_bin:$PATH
  export PATH
}

# The system's rustup where it has one and no Rust of the system is in its way; otherwise that of rust-lang.org.
install_rustup() {
  local manager installer
  manager=$(package_manager)
  if ! has cargo && [ "$manager" != none ]; then
    say "Installing the package rustup with $manager, if it offers one."
    if (install_packages "$manager" rustup); then
      find_rust
      # Fedora's package is the installer of rustup, not rustup.
      if ! has rustup && has rustup-init; then rustup-init -y --profile minimal --default-toolchain none; fi
      find_rust
      has rustup && return
    fi
  fi
  has curl || install_packages "$manager" curl ca-certificates || fail "curl is missing: install it, then start again."
  say "Installing rustup from https://rustup.rs into ${CARGO_HOME:-$HOME/.cargo}; what Rust the system has stays as it is."
  installer=$(curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs) &&
    sh -s -- -y --profile minimal --default-toolchain none <<<"$installer" ||
    fail "rustup could not be installed: see https://rustup.rs, then start again."
  find_rust
}

ensure_rust() {
  find_rust
  rust_is_recent && return
  local found
  found=$(rust_found)
  say "Rust $(rust_wanted) or newer is needed, found: ${found:-none}."
  has rustup || install_rustup
  say "Getting the stable Rust toolchain with rustup."
  rustup toolchain install stable --profile minimal ||
    fail "rustup could not get the stable toolchain; the lines above say why."
  # For this script only: what the person set as default stays.
  rust_is_recent || export RUSTUP_TOOLCHAIN=stable
  rust_is_recent || fail "Rust $(rust_wanted) or newer is needed, and the stable toolchain is $(rust_found)."
}

ensure_rust_component() { # ensure_rust_component COMPONENT, which brings the command cargo COMPONENT
  cargo "${1/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$1" ||
    fail "The Rust component $1 is missing and could not be added."
}
