package org.jvmm.core.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PortBusTest {
  /** Answers with its offset plus 0x10, and logs what it is asked. */
  private static final class Probe implements PortDevice {
    final List<String> log = new ArrayList<>();

    @Override
    public int read(int offset, int size) {
      log.add("r%d@%d".formatted(size, offset));
      return 0x40302010 + offset;
    }

    @Override
    public void write(int offset, int size, int value) {
      log.add("w%d@%d=%x".formatted(size, offset, value));
      assertTrue(Thread.holdsLock(this), "the bus holds the device's monitor");
    }
  }

  private final PortBus bus = new PortBus();
  private final Probe probe = new Probe();

  @Test
  void aHoleFloatsToAllOnes() {
    assertEquals(0xff, bus.read(0x300, 1));
    assertEquals(0xffff, bus.read(0x300, 2));
    assertEquals(-1, bus.read(0x300, 4));
    bus.write(0x300, 4, 0x1234);
  }

  @Test
  void anAccessReachesTheDeviceWithItsOffset() {
    bus.attach("probe", 0x300, 8, 4, probe);
    assertEquals(0x2012, bus.read(0x302, 2));
    bus.write(0x304, 1, 0xfff7);
    assertEquals(List.of("r2@2", "w1@4=f7"), probe.log);
  }

  @Test
  void anAccessWiderThanTheDeviceIsSplitLittleEndian() {
    bus.attach("probe", 0x300, 8, 1, probe);
    bus.write(0x300, 4, 0x44332211);
    assertEquals(List.of("w1@0=11", "w1@1=22", "w1@2=33", "w1@3=44"), probe.log);
    probe.log.clear();
    assertEquals(0x1110, bus.read(0x300, 2));
  }

  @Test
  void anAccessAcrossTheEndOfAWindowFloatsBeyondIt() {
    bus.attach("probe", 0x300, 2, 2, probe);
    assertEquals(0xff11, bus.read(0x301, 2));
    assertEquals(0x10ff, bus.read(0x2ff, 2));
  }

  /** Items of a string instruction. */
  private record Items(long... values) implements PortItems {
    @Override
    public int count() {
      return values.length;
    }

    @Override
    public long data(int i) {
      return values[i];
    }

    @Override
    public void reply(int i, long value) {
      values[i] = value & 0xffff;
    }
  }

  @Test
  void aStringAccessIsOneAccessForEachItem() {
    bus.attach("probe", 0x300, 8, 2, probe);
    Items items = new Items(1, 2);
    bus.write(0x304, 2, items);
    bus.read(0x302, 2, items);
    assertEquals(List.of("w2@4=1", "w2@4=2", "r2@2", "r2@2"), probe.log);
    assertEquals(List.of(0x2012L, 0x2012L), List.of(items.data(0), items.data(1)));
  }

  @Test
  void aStringAccessThatTheWindowDoesNotTakeIsSplitAsOthersAre() {
    bus.attach("probe", 0x300, 8, 1, probe);
    Items items = new Items(0x2211, 0x4433);
    bus.write(0x300, 2, items);
    assertEquals(List.of("w1@0=11", "w1@1=22", "w1@0=33", "w1@1=44"), probe.log);
    bus.read(0x400, 2, items);
    assertEquals(List.of(0xffffL, 0xffffL), List.of(items.data(0), items.data(1)));
  }

  @Test
  void theTopOfThePortSpaceWraps() {
    bus.attach("probe", 0, 1, 1, probe);
    assertEquals(0x10ff, bus.read(0xffff, 2));
  }

  @Test
  void overlapNamesBothOwners() {
    bus.attach("com1", 0x3f8, 8, 1, probe);
    WiringException e =
        assertThrows(WiringException.class, () -> bus.attach("fdc", 0x3f0, 9, 1, probe));
    assertTrue(e.getMessage().contains("com1") && e.getMessage().contains("fdc"), e.getMessage());
  }

  @Test
  void aDetachedWindowFloatsAndCanBeTakenAgain() {
    bus.attach("probe", 0x300, 8, 4, probe);
    bus.detach(0x300);
    assertEquals(0xff, bus.read(0x307, 1));
    bus.attach("other", 0x304, 8, 4, probe);
    assertThrows(WiringException.class, () -> bus.detach(0x300));
  }

  @Test
  void ownersHaveDenseIdsForStatistics() {
    bus.attach("a", 0x10, 1, 1, probe);
    bus.attach("b", 0x11, 1, 1, probe);
    bus.attach("a", 0x12, 1, 1, probe);
    assertEquals(List.of("unassigned", "a", "b"), bus.owners());
    assertEquals(1, bus.ownerAt(0x12));
    assertEquals(PortBus.NO_OWNER, bus.ownerAt(0x13));
  }

  /** Posts what a mask says. */
  private record Posting(long posted) implements PortDevice {
    @Override
    public int read(int offset, int size) {
      return 0;
    }

    @Override
    public void write(int offset, int size, int value) {}
  }

  @Test
  void postedPortsAreAnnouncedAsWindowsComeAndGo() {
    List<String> log = new ArrayList<>();
    bus.attach("early", 0x100, 8, 1, new Posting(0b0111_0110));
    bus.attach("none", 0x108, 8, 1, probe);
    bus.announcePosted((first, count, on) -> log.add("%x+%d %b".formatted(first, count, on)));
    assertEquals(List.of("101+2 true", "104+3 true"), log);
    log.clear();
    bus.attach("all", 0x200, 64, 1, new Posting(-1));
    bus.detach(0x200);
    assertEquals(List.of("200+64 true", "200+64 false"), log);
  }

  @Test
  void impossibleWindowsAreRefused() {
    assertThrows(WiringException.class, () -> bus.attach("x", 0xfff9, 8, 1, probe));
    assertThrows(WiringException.class, () -> bus.attach("x", 0, 0, 1, probe));
    assertThrows(WiringException.class, () -> bus.attach("x", 0, 1, 3, probe));
  }
}
