#!/bin/bash
# Process start to the guest's first line, beside QEMU's KVM with the same kernel, initrd and command line: best of three, taken in turn.
cd .. || exit
best() { sort -n | head -n 1; }
for kernel in bzImage vmlinux; do
  guest=(-cpu host,-xsave -m 512 -nographic -kernel "$kernel" -initrd initrd -append console=ttyS0)
  : >/tmp/jvmm.ms
  : >/tmp/qemu.ms
  for _ in 1 2 3; do
    checks/time-to-init qemu-system-x86_64 -accel kvm "${guest[@]}" >>/tmp/qemu.ms || exit
    checks/time-to-init java -jar jvmm.jar "${guest[@]}" >>/tmp/jvmm.ms || exit
  done
  echo "$kernel: jvmm $(best </tmp/jvmm.ms) ms, qemu $(best </tmp/qemu.ms) ms (jvmm: $(paste -sd' ' /tmp/jvmm.ms); qemu: $(paste -sd' ' /tmp/qemu.ms))"
done
