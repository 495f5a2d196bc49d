package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.pc.firmware.BootPlan;
import org.jvmm.pc.firmware.FirmwareConfig;
import org.jvmm.softcpu.SoftAccelerator;

final class DriveCommandsTest {
  private static final String CD = "ide1-cd0", DISK = "ide0-hd0";

  @TempDir Path dir;
  private HostDrives drives;
  private DriveCommands commands;
  private PcMachine pc;

  @BeforeEach
  void build() throws IOException {
    Path rom = file("rom", 1 << 16);
    Options options = new Options();
    Jvmm.parser(options)
        .parseArgs("-hda", file("disk", 1 << 20).toString(), "-cdrom", file("a", 4096).toString());
    drives = new HostDrives(DriveList.of(options.drives), notice -> {});
    commands = new DriveCommands(drives);
    FirmwareConfig firmware =
        new FirmwareConfig(rom, BootPlan.USUAL, false, false, new UUID(0, 0), List.of(), Map.of());
    PcConfig config = PcConfig.builder(16L << 20).firmware(firmware).build();
    HostEnds ends = new HostEnds(RamAllocator.HEAP, List.of(), null, VmlinuxCache.NONE);
    pc =
        commands.build(now -> PcMachine.build(config, new SoftAccelerator(), ends.withDrives(now)));
  }

  @AfterEach
  void close() {
    pc.close();
    drives.close();
  }

  private Path file(String name, int size) throws IOException {
    return Files.write(dir.resolve(name), new byte[size]);
  }

  private String execute(String command) {
    return commands.execute(command).orElseThrow();
  }

  private boolean trayOpen() {
    return pc.cdrom(CD).orElseThrow().open();
  }

  @Test
  void anotherDiscIsInTheDriveAndInThatOfTheNextMachine() throws IOException {
    Path other = file("b", 8192);
    assertEquals("", execute("change %s %s raw".formatted(CD, other)));
    assertFalse(trayOpen());
    assertEquals(8192, drives.ide().get(1).medium().size());
    assertTrue(execute("info block").contains(CD + ": " + other));
  }

  @Test
  void anEjectedDriveIsOpenAndEmptyInTheNextMachineToo() {
    assertEquals("", execute("eject " + CD));
    assertTrue(trayOpen());
    assertNull(drives.ide().get(1).medium());
    assertTrue(execute("info block").contains(CD + ": [not inserted]"));
  }

  @Test
  void aDiscThatCannotBeOpenedLeavesTheOldOneIn() {
    String said = execute("change %s %s".formatted(CD, dir.resolve("missing")));
    assertTrue(said.startsWith("Error: change ide1-cd0: "), said);
    assertFalse(trayOpen());
    assertEquals(4096, drives.ide().get(1).medium().size());
  }

  @Test
  void onlyDiscsOfKnownDrivesAreTakenOut() {
    assertEquals("Error: Device 'ide0-hd0' is not removable\n", execute("eject " + DISK));
    assertEquals("Error: Device 'x' not found\n", execute("eject x"));
    assertEquals("Error: usage: eject [-f] DRIVE\n", execute("eject"));
    assertTrue(commands.execute("unknown").isEmpty());
  }
}
