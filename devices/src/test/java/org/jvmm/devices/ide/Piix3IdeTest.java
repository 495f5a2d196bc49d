package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.testkit.HeapDisk;

final class Piix3IdeTest {
  private static final int COMMAND = 4, BAR4 = 0x20, IO = 1;

  private final PortBus ports = new PortBus();
  private final MemoryMap map = new MemoryMap();
  private final Set<String> posted = new TreeSet<>();

  private IdeChannel channel(int base, Drive drive) {
    IdeChannel channel = new IdeChannel(IrqLine.UNCONNECTED, map.memory(), drive, null);
    ports.attach("ide", base, IdeChannel.PORTS, 4, channel);
    return channel;
  }

  /** A disk on the second channel alone; {@link #posted} shows what is announced. */
  private PciFunction function() {
    IdeChannel primary = channel(0x1f0, null);
    IdeChannel secondary = channel(0x170, IdeRig.disk(new HeapDisk(1 << 20)));
    PciBus bus =
        new PciBus(
            new MovableWindows(ports, new MmioBus(), map),
            (slot, pin) -> IrqLine.UNCONNECTED,
            (address, data) -> {});
    PciFunction function = new Piix3Ide(bus, 1, 1, primary, secondary).function();
    ports.announcePosted(
        (first, count, on) -> {
          String range = "%#x+%d".formatted(first, count);
          assertTrue(on ? posted.add(range) : posted.remove(range), range);
        });
    return function;
  }

  @Test
  void whatMeansNothingBeforeTheCommandIsPostedOnChannelsWithDrives() {
    function();
    assertEquals(Set.of("0x171+6"), posted);
  }

  @Test
  void theTablesAddressIsPostedWhereTheGuestPutsTheBusMaster() {
    PciFunction function = function();
    function.write(BAR4, 4, 0xc000);
    function.write(COMMAND, 2, IO);
    assertEquals(List.of("0x171+6", "0xc00c+4"), List.copyOf(posted));
    function.write(BAR4, 4, 0xd000);
    assertEquals(List.of("0x171+6", "0xd00c+4"), List.copyOf(posted));
    function.write(COMMAND, 2, 0);
    assertEquals(Set.of("0x171+6"), posted);
  }
}
