report() { echo "$(uname -n) at $1 is up since $(cut -d. -f1 /proc/uptime) s"; }
