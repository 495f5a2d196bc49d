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
  private static final String CD = "ide1-cd0", DISK = "ide0-hd0", FLOPPY = "floppy0";

  @TempDir Path dir;
  private HostDrives drives;
  private DriveCommands commands;
  private PcMachine pc;

  @BeforeEach
  void build() throws IOException {
    Path rom = file("rom", 1 << 16);
    Options options = new Options();
    AnyLine.parser(options)
        .parseArgs(
            "-hda",
            file("disk", 1 << 20).toString(),
            "-cdrom",
            file("a", 4096).toString(),
            "-fda",
            file("f", 1440 << 10).toString());
    drives = new HostDrives(DriveList.of(options.drives), notice -> {});
    FirmwareConfig firmware =
        new FirmwareConfig(rom, BootPlan.USUAL, false, false, new UUID(0, 0), List.of(), Map.of());
    PcConfig config = PcConfig.builder(16L << 20).firmware(firmware).build();
    HostEnds ends =
        new HostEnds(
            RamAllocator.HEAP,
            List.of(),
            null,
            VmlinuxCache.NONE,
            drives.ide(),
            drives.floppies(),
            List.of(),
            notice -> {});
    pc = PcMachine.build(config, new SoftAccelerator(), ends);
    commands = new DriveCommands(drives, pc);
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

  private boolean open(String drive) {
    return pc.removable(drive).orElseThrow().open();
  }

  @Test
  void anotherDiscIsInTheDriveAndIsListed() throws IOException {
    Path other = file("b", 8192);
    assertEquals("", execute("change %s %s raw".formatted(CD, other)));
    assertFalse(open(CD));
    assertEquals(8192, drives.ide().get(1).medium().size());
    assertTrue(execute("info block").contains(CD + ": " + other));
  }

  @Test
  void aNameWithSpacesStandsInQuotes() throws IOException {
    Path other = file("a b", 8192);
    assertEquals("", execute("change \"%s\" \"%s\" raw".formatted(CD, other)));
    assertTrue(execute("info block").contains(CD + ": " + other));
  }

  @Test
  void anEjectedDriveIsOpenAndListedAsEmpty() {
    assertEquals("", execute("eject " + CD));
    assertTrue(open(CD));
    assertNull(drives.ide().get(1).medium());
    assertTrue(execute("info block").contains(CD + ": [not inserted]"));
  }

  @Test
  void aDiscThatCannotBeOpenedLeavesTheOldOneIn() {
    String said = execute("change %s %s".formatted(CD, dir.resolve("missing")));
    assertTrue(said.startsWith("Error: change ide1-cd0: "), said);
    assertFalse(open(CD));
    assertEquals(4096, drives.ide().get(1).medium().size());
  }

  @Test
  void onlyDiscsOfKnownDrivesAreTakenOut() {
    assertEquals("Error: Device 'ide0-hd0' is not removable\n", execute("eject " + DISK));
    assertEquals("Error: Device 'x' not found\n", execute("eject x"));
    assertEquals("Error: usage: eject [-f] DRIVE\n", execute("eject"));
    assertTrue(commands.execute("unknown").isEmpty());
  }

  @Test
  void aFloppyDiskIsTakenOutAndAnotherPutIn() throws IOException {
    assertFalse(open(FLOPPY));
    assertEquals("", execute("eject " + FLOPPY));
    assertTrue(open(FLOPPY));
    assertTrue(execute("info block").contains(FLOPPY + ": [not inserted]"));
    Path other = file("g", 720 << 10);
    assertEquals("", execute("change %s %s raw".formatted(FLOPPY, other)));
    assertFalse(open(FLOPPY));
    assertEquals(720 << 10, drives.floppies().get(0).medium().size());
    assertTrue(execute("info block").contains(FLOPPY + ": " + other));
  }

  @Test
  void aFloppyDriveTakesNothingThatIsLargerThanAFloppyDisk() throws IOException {
    String said = execute("change %s %s raw".formatted(FLOPPY, file("large", 4 << 20)));
    assertEquals("Error: change floppy0: 4194304 bytes are more than any floppy disk has\n", said);
    assertFalse(open(FLOPPY));
  }

  @Test
  void theImageOfAnotherDriveIsNotTakenTwice() {
    String said = execute("change %s %s raw".formatted(FLOPPY, dir.resolve("disk")));
    assertTrue(said.contains("its image is that of"), said);
  }
}
