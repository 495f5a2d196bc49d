package org.jvmm.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.Availability;
import org.jvmm.kvm.nativecall.Errno;

class HostFactsTest {
  private static final HostFacts BARE = new HostFacts(false, Set.of(), Set.of("fpu"));
  private static final HostFacts INTEL = new HostFacts(false, Set.of(), Set.of("vmx"));
  private static final HostFacts AMD = new HostFacts(true, Set.of("kvm", "kvm_amd"), Set.of("svm"));

  @Test
  void withoutVmxOrSvmTheFirmwareIsToBeLookedAt() {
    Availability availability = BARE.availability();
    assertFalse(availability.usable());
    assertTrue(availability.why().contains("neither vmx nor svm"), availability.why());
    assertTrue(availability.why().contains("firmware"), availability.why());
  }

  @Test
  void withVmxTheModuleIsToBeLoaded() {
    assertEquals(
        "no /dev/kvm: load the module, `sudo modprobe kvm_intel`", INTEL.availability().why());
  }

  @Test
  void withoutPermissionTheGroupIsNamed() {
    String why = AMD.whyNoOpen(new KvmException("open /dev/kvm", Errno.EACCES));
    assertTrue(why.contains("sudo usermod -aG kvm"), why);
    assertTrue(why.contains("newgrp kvm"), why);
    assertEquals(1, why.lines().count());
  }

  @Test
  void aDeviceWithoutDriverNamesTheModule() {
    String why = AMD.whyNoOpen(new KvmException("open /dev/kvm", Errno.ENODEV));
    assertTrue(why.contains("modprobe kvm_amd"), why);
  }

  @Test
  void hardwareIsAFlagAndItsModule() {
    assertTrue(AMD.looksLikeHardware());
    assertFalse(new HostFacts(true, Set.of("kvm", "kvm_pvm"), Set.of()).looksLikeHardware());
    assertFalse(new HostFacts(true, Set.of("kvm", "kvm_pvm"), Set.of("svm")).looksLikeHardware());
    assertEquals("kvm_amd", AMD.moduleNames());
  }
}
