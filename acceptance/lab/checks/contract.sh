#!/bin/bash
# The accelerator contract suite on this kvm_amd.
cd ../contract || exit
java -cp "classes:*" org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors --details=summary \
  --select-class org.jvmm.kvm.KvmContractTest
