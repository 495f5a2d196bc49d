package org.jvmm.devices.lapic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.MmioDevice;

final class LapicWindowTest {
  private static final long DEFAULT = 0xfee0_0000L, ELSEWHERE = 0xfed8_0000L, ID = 0x20;
  private static final long ENABLE = 0x800;
  private static final long FLOATING = 0xffff_ffffL;

  private final ApicSystem system = new ApicSystem(2);
  private final MmioBus bus = new MmioBus();
  private int vcpu;

  LapicWindowTest() {
    new LapicWindow(bus, system.apics, () -> vcpu);
  }

  @Test
  void eachVcpuSeesItsOwnApic() {
    assertEquals(0, bus.read(DEFAULT + ID, 4));
    vcpu = 1;
    assertEquals(1 << 24, bus.read(DEFAULT + ID, 4));
    bus.write(DEFAULT + 0x80, 4, 0x30);
    assertEquals(3, system.apic(1).readCr8());
    assertEquals(0, system.apic(0).readCr8());
  }

  @Test
  void anUnknownVcpuSeesAHole() {
    vcpu = 7;
    assertEquals(FLOATING, bus.read(DEFAULT + ID, 4));
    bus.write(DEFAULT + 0x80, 4, 0x30);
  }

  @Test
  void aPageFollowsItsBase() {
    vcpu = 1;
    assertTrue(system.apic(1).setApicBase(ELSEWHERE | ENABLE));
    assertEquals(1 << 24, bus.read(ELSEWHERE + ID, 4));
    assertEquals(FLOATING, bus.read(DEFAULT + ID, 4));
    vcpu = 0;
    assertEquals(0, bus.read(DEFAULT + ID, 4));
    assertEquals(FLOATING, bus.read(ELSEWHERE + ID, 4));
    system.apic(1).reset();
    assertEquals(MmioBus.NO_OWNER, bus.ownerAt(ELSEWHERE));
  }

  @Test
  void thePageGoesWhenNoApicHasIt() {
    system.enableX2apic(0);
    system.enableX2apic(1);
    assertEquals(MmioBus.NO_OWNER, bus.ownerAt(DEFAULT));
  }

  @Test
  void aPageMovedOntoAnotherDeviceLeavesThatDeviceInPlace() {
    bus.attach(
        "other",
        ELSEWHERE + 0x100,
        4,
        4,
        new MmioDevice() {
          @Override
          public long read(long offset, int size) {
            return 42;
          }

          @Override
          public void write(long offset, int size, long value) {}
        });
    assertTrue(system.apic(0).setApicBase(ELSEWHERE | ENABLE));
    assertEquals(42, bus.read(ELSEWHERE + 0x100, 4));
    assertEquals(FLOATING, bus.read(ELSEWHERE + ID, 4));
  }
}
