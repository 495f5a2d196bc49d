#!/bin/bash
# What a user can get wrong ends with one line that names the cause, and status 2.
cd .. || exit
failed=0
refuse() { # WORD-OF-THE-CAUSE ARGUMENTS...
  local word=$1 said status
  shift
  said=$(java -jar jvmm.jar "$@" </dev/null 2>&1)
  status=$?
  if [ "$status" != 2 ] || [ "$(wc -l <<<"$said")" != 1 ] || ! grep -qi -- "$word" <<<"$said"; then
    echo "FAIL: jvmm $*: status $status: $said"
    failed=1
  else
    echo "$said"
  fi
}
head -c 100000 bzImage >truncated
head -c 4000000 /dev/urandom >noise
refuse "no such file" -kernel missing
refuse truncated -kernel truncated
refuse "neither" -kernel noise
refuse initrd -m 128 -kernel bzImage -initrd vmlinux
refuse "-m" -m 1 -kernel bzImage
refuse "-m" -m 5000T -kernel bzImage
refuse "-smp" -smp 300 -kernel bzImage
refuse "-append" -apend x
refuse "not known" -accel xen -kernel bzImage
exit $failed
