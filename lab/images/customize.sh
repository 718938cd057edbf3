#!/bin/sh
# mmdebstrap runs this on the new root ($1): the SSH server takes its keys from the lab, and nothing personal is baked in.
set -eu
root=$1
rm -f "$root"/etc/ssh/ssh_host_*
rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" # the host's own download settings
rm -f "$root/etc/resolv.conf"
: >"$root/etc/machine-id" # empty: each container gets its own, and it does not count as a first boot, which would enable every service
rm -f "$root/var/lib/dbus/machine-id"
for timer in apt-daily apt-daily-upgrade dpkg-db-backup fstrim; do # the lab has no way out, and no maintenance nights
  ln -s /dev/null "$root/etc/systemd/system/$timer.timer"
done
cat >"$root/etc/ssh/sshd_config.d/lab.conf" <<END
HostKey /etc/ssh/lab/host_key
HostCertificate /etc/ssh/lab/host_key-cert.pub
AuthorizedKeysFile /etc/ssh/lab/authorized_keys
PasswordAuthentication no
PermitRootLogin prohibit-password
END
# No login session for the engineer's SSH: logind would start a manager of root's own each time, half a second of work.
sed -i 's/^@include common-session$/session required pam_unix.so/' "$root/etc/pam.d/sshd"
mkdir -p "$root/etc/systemd/system/ssh.service.d"
cat >"$root/etc/systemd/system/ssh.service.d/lab.conf" <<END
[Unit]
ConditionPathExists=/etc/ssh/lab/host_key
END
