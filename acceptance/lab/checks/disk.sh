#!/bin/bash
# A disk by DMA and a CD-ROM on this kvm_amd: a file of the CD goes onto ext4, and the host finds it there.
cd .. || exit
mkdir disc
head -c 8M /dev/urandom >disc/file
mke2fs -q -t ext4 disk.img 64M || exit
run='grep . /sys/class/ata_device/dev*/xfer_mode; mkdir /cd /disk; mount -t iso9660 -r /dev/sr0 /cd && mount -t ext4 /dev/sda /disk'
run+=' && cp /cd/file /disk/ && umount /disk'
java -jar jvmm.jar -cpu host,-xsave -m 512 -nographic -no-reboot -kernel bzImage -initrd initrd -append "console=ttyS0 quiet panic=-1 jvmm.run=\"$run\"" \
  -drive file=disk.img,format=raw -cdrom iso:disc </dev/null | tee log
grep -q XFER_MW_DMA log && grep -q 'jvmm: exit 0' log || exit
e2fsck -fn disk.img && debugfs -R 'dump /file back' disk.img && cmp disc/file back && echo "the host reads what the guest has written"
