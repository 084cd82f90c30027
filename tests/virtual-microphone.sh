#!/bin/sh
# A sound server of its own with one virtual microphone, for tests; it touches no other sound server.
#   virtual-microphone.sh DIR up|play FILE|unplug|replug|freeze|down
# DIR receives the server's files; DIR/environment lists what a client must have in its environment.
# What is played is heard by the microphone `virtual_in` behind ALSA's default device.
set -eu
dir=$1
PULSE_RUNTIME_PATH=$dir/run PULSE_STATE_PATH=$dir/state PULSE_SERVER=unix:$dir/native
export PULSE_RUNTIME_PATH PULSE_STATE_PATH PULSE_SERVER

answers() { timeout 5 pactl info >/dev/null 2>&1; }

plug() {
    timeout 5 pactl load-module module-null-sink sink_name=virtual_out rate=48000 channels=2 >/dev/null
    # Not the sink's monitor itself: programs may hide monitors.
    timeout 5 pactl load-module module-remap-source master=virtual_out.monitor source_name=virtual_in >/dev/null
    timeout 5 pactl set-default-sink virtual_out
    timeout 5 pactl set-default-source virtual_in
    # An idle null sink wakes up every two seconds only; a reader with a short latency keeps it awake.
    setsid parec --device=virtual_in --latency-msec=20 --raw >/dev/null 2>&1 </dev/null &
    echo $! >"$dir/reader"
}

case $2 in
up)
    mkdir -p "$dir/run" "$dir/state"
    chmod 700 "$dir/run"
    cat >"$dir/asound.conf" <<CONF
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse server "$PULSE_SERVER" hint { show on description "Virtual microphone" } }
ctl.!default { type pulse server "$PULSE_SERVER" }
CONF
    printf 'PULSE_SERVER=%s\nALSA_CONFIG_PATH=%s\n' "$PULSE_SERVER" "$dir/asound.conf" >"$dir/environment"
    setsid pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no --realtime=no \
        --high-priority=no --log-target=file:"$dir/log" \
        -L "module-native-protocol-unix socket=$dir/native auth-anonymous=1" \
        >/dev/null 2>&1 </dev/null &
    echo $! >"$dir/server"
    tries=0
    until answers; do
        tries=$((tries + 1))
        [ $tries -lt 50 ] || { echo "the sound server does not start; see $dir/log" >&2; exit 1; }
        sleep 0.2
    done
    plug
    ;;
play) timeout 30 paplay --device=virtual_out "$3" ;;
unplug)
    timeout 5 pactl unload-module module-remap-source
    timeout 5 pactl unload-module module-null-sink
    ;;
replug) plug ;;
# The server keeps its connections but answers nothing any more.
freeze) kill -STOP "$(cat "$dir/server")" ;;
down)
    for name in reader server; do
        [ -s "$dir/$name" ] && kill -KILL "$(cat "$dir/$name")" 2>/dev/null || true
    done
    ;;
esac
