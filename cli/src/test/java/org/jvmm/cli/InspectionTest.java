package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.devices.pci.PciConfig;
import org.jvmm.devices.pci.PciFunction;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.pc.firmware.BootPlan;
import org.jvmm.pc.firmware.FirmwareConfig;
import org.jvmm.softcpu.SoftAccelerator;

/** The monitor's looks into a machine: {@code info pci}, {@code xp}. */
final class InspectionTest {
  private static final int IDE = 1 << 3 | 1;

  @TempDir Path dir;
  private PcMachine pc;
  private final MemoryDump dump = new MemoryDump();

  @BeforeEach
  void build() throws IOException {
    Path rom = Files.write(dir.resolve("rom"), new byte[1 << 16]);
    FirmwareConfig firmware =
        new FirmwareConfig(rom, BootPlan.USUAL, false, false, new UUID(0, 0), List.of(), Map.of());
    HostEnds ends =
        new HostEnds(
            RamAllocator.HEAP,
            List.of(),
            null,
            VmlinuxCache.NONE,
            List.of(),
            List.of(),
            List.of(),
            notice -> {});
    PcConfig config = PcConfig.builder(16L << 20).firmware(firmware).build();
    pc = PcMachine.build(config, new SoftAccelerator(), ends);
  }

  @AfterEach
  void close() {
    pc.close();
  }

  private String show(String arguments) {
    return dump.show(arguments, pc.memory());
  }

  @Test
  void theBridgesAreListedAsQemuDoes() {
    String report = PciReport.of(pc.pciFunctions());
    assertTrue(
        report.startsWith(
            """
              Bus  0, device   0, function 0:
                Host bridge: PCI device 8086:1237
                  PCI subsystem 1af4:1100
            """),
        report);
    assertTrue(report.contains("    IDE controller: PCI device 8086:7010\n"), report);
    assertTrue(report.contains("      IRQ 0, pin A\n"), report);
  }

  @Test
  void aBarThatIsNotDecodedIsAtAllOnesAndOneThatIsShowsItsRange() {
    PciFunction ide = pc.pciFunctions().get(IDE);
    String before = PciReport.of(pc.pciFunctions());
    assertTrue(before.contains("      BAR4: I/O at 0xffffffffffffffff [0x000e].\n"), before);
    ide.write(PciConfig.bar(4), 4, 0xC040);
    ide.write(PciConfig.COMMAND, 2, PciConfig.Command.IO);
    String after = PciReport.of(pc.pciFunctions());
    assertTrue(after.contains("      BAR4: I/O at 0xc040 [0xc04f].\n"), after);
  }

  @Test
  void memoryIsShownInUnitsOfASize() {
    pc.memory().write64(0x1000, 0x112233445566F788L);
    assertEquals("0000000000001000: 0x5566f788 0x11223344\n", show("/2xw 0x1000"));
    assertEquals("0000000000001000: 0x5566f788\n", show("/wx 0x1000"));
    assertEquals("0000000000001000: 0x88 0xf7 0x66\n", show("/3b 4096"));
    assertEquals("0000000000001000: 0x112233445566f788\n", show("/g 0x1000"));
    assertEquals("0000000000001000: -2168\n", show("/dh 0x1000"));
    assertEquals("0000000000001000: 63368\n", show("/uh 0x1000"));
    assertEquals("0000000000001000: '\\x88' '\\xf7' 'f'\n", show("/3c 0x1000"));
    assertEquals("0000000000001000: 0173610\n", show("/oh 0x1000"));
  }

  @Test
  void theFormatOfTheTimeBeforeHolds() {
    pc.memory().write16(0x1000, 0xBEEF);
    show("/xh 0");
    assertEquals("0000000000001000: 0xbeef\n", show("0x1000"));
  }

  @Test
  void aLineHasSixteenBytesAndEightOfSingleOnes() {
    assertEquals(2, show("/5xw 0").lines().count());
    assertEquals(2, show("/9xb 0").lines().count());
  }

  @Test
  void whatNoMemoryBacksIsSaidAndEndsTheList() {
    assertEquals(
        "0000000000fffffc: 0x00000000\nCannot access memory at 0x1000000\n", show("/2xw 0xfffffc"));
  }

  @Test
  void otherArgumentsAreAnsweredWithTheUsage() {
    for (String wrong : List.of("", "/", "/4z 0", "/4x", "zero", "0x", "/9999999x 0")) {
      assertTrue(show(wrong).startsWith("Error: usage: xp "), wrong);
    }
  }
}
