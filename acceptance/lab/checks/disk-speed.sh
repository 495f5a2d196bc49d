#!/bin/bash
# dd on an IDE disk, by DMA and by PIO, beside QEMU's KVM with the same image, cache mode, kernel and initrd: MiB a second, the median
# of the passes, and jvmm's over QEMU's. What the guest read and wrote is compared; speed is only printed.
cd .. || exit
passes=3
guest=(-cpu host,-xsave -m 512 -nographic -no-reboot -kernel vmlinux -initrd initrd)

# The guest copies the first half of the disk, MIB large, through its memory to the second one.
dd_in_guest() { # MIB
  echo "dd if=/dev/sda of=/half bs=1M count=$1 2>/dev/null; for i in \$(seq $passes); do" \
    "echo @; dd if=/dev/sda of=/dev/null bs=1M count=$1 iflag=direct 2>/dev/null && echo @read;" \
    "echo @; dd if=/half of=/dev/sda bs=1M seek=$1 oflag=direct conv=fsync,notrunc 2>/dev/null && echo @write; done"
}

# Runs a VMM; writes the microseconds of each pass to /tmp/NAME.read and /tmp/NAME.write.
measure() { # NAME PARAMETERS MIB COMMAND...
  local name=$1 parameters=$2 mib=$3 start=0 line now
  shift 3
  rm -f "/tmp/$name".*
  head -c "${mib}M" /dev/urandom >speed.img && truncate -s "$((2 * mib))M" speed.img || exit
  "$@" "${guest[@]}" -drive file=speed.img,format=raw,cache=writeback \
    -append "console=ttyS0 quiet panic=-1 $parameters \"jvmm.run=$(dd_in_guest "$mib")\"" </dev/null 2>&1 |
    while IFS= read -r line; do
      now=${EPOCHREALTIME/./}
      line=${line%$'\r'}
      case $line in
        @) start=$now ;;
        @read | @write) echo $((now - start)) >>"/tmp/$name.${line#@}" ;;
        "jvmm: exit 0") touch "/tmp/$name.good" ;;
        *) echo "$line" ;;
      esac
    done
  [ -e "/tmp/$name.good" ] || { echo "FAIL: $name's guest"; exit 1; }
  cmp --bytes=$((mib << 20)) --ignore-initial=0:$((mib << 20)) speed.img speed.img || { echo "FAIL: $name's guest wrote something else"; exit 1; }
}

median() { sort -n "$1" | sed -n "$(((passes + 1) / 2))p"; }

compare() { # MODE MIB
  local way
  for way in read write; do
    awk -v mode="$1 $way" -v mib="$2" -v ours="$(median /tmp/jvmm.$way)" -v theirs="$(median /tmp/qemu.$way)" 'BEGIN {
      printf "%s: jvmm %.2f MiB/s, qemu %.2f MiB/s, ratio %.2f\n", mode, mib * 1e6 / ours, mib * 1e6 / theirs, theirs / ours }'
  done
}

for mode in DMA PIO; do
  parameters='' mib=96
  # KVM leaves a guest for each item of a repeated OUTS: a MiB of PIO writes takes half a minute.
  [ $mode = DMA ] || { parameters=libata.dma=0 mib=1 passes=1; }
  measure qemu "$parameters" $mib qemu-system-x86_64 -accel kvm -net none
  measure jvmm "$parameters" $mib java -jar jvmm.jar -accel kvm
  compare $mode $mib
done
rm speed.img
