package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
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
  void aDriveIsListedWithItsFormatAndItsPlace() {
    assertEquals(
        "ide0-hd0: %s (raw)%n    Attached to:      ide bus=0,unit=0%n"
                .formatted(dir.resolve("disk"))
            + "    Cache mode:       writeback\n",
        execute("info block " + DISK));
    assertTrue(execute("info block " + CD).contains("Removable device: not locked, tray closed"));
    assertTrue(execute("info block -v " + DISK).contains("virtual size: 1 MiB (1048576 bytes)"));
    assertEquals("Error: Device 'x' not found\n", execute("info block x"));
  }

  @Test
  void aDiskGrowsAndTheGuestsDriveSeesItsNewSize() throws IOException {
    assertEquals("", execute("block_resize %s 3".formatted(DISK)));
    assertEquals(3 << 20, Files.size(dir.resolve("disk")));
    assertEquals(3 << 20, drives.ide().get(0).medium().size());
    assertEquals("", execute("block_resize %s 2048K".formatted(DISK)));
    assertEquals(2 << 20, drives.ide().get(0).medium().size());
    assertTrue(execute("block_resize %s 3".formatted(CD)).contains("is no disk"));
    assertTrue(execute("block_resize %s big".formatted(DISK)).startsWith("Error: size=big"));
  }

  @Test
  void aRawDiskHasNothingBelowAndKeepsNoSnapshots() {
    assertEquals(
        "Error: Device 'ide0-hd0' has no image below its own\n", execute("commit " + DISK));
    assertEquals("", execute("commit all"));
    assertEquals(
        "Error: Device 'ide0-hd0': its image keeps no snapshots\n",
        execute("snapshot_blkdev_internal %s a".formatted(DISK)));
    assertEquals("There is no snapshot available.\n", execute("info snapshots"));
  }

  @Test
  void aFloppyDiskMayBePutInForReadingOnly() throws IOException {
    Path other = file("g", 720 << 10);
    assertEquals("", execute("change %s %s raw read-only".formatted(FLOPPY, other)));
    assertTrue(drives.floppies().get(0).medium().readOnly());
    assertTrue(execute("info block " + FLOPPY).contains("(raw, read-only)"));
    assertEquals("", execute("change %s -f %s raw read-write".formatted(FLOPPY, dir.resolve("f"))));
    assertFalse(drives.floppies().get(0).medium().readOnly());
  }

  @Test
  void requestsAreCounted() {
    assertTrue(
        execute("info blockstats").startsWith("ide0-hd0: rd_bytes=0 wr_bytes=0 rd_operations=0"));
  }

  /** What the monitor says until it asks for the next command. */
  private static String hear(SocketChannel monitor) throws IOException {
    StringBuilder said = new StringBuilder();
    ByteBuffer some = ByteBuffer.allocate(1000);
    while (!said.toString().endsWith(Monitor.PROMPT) && monitor.read(some.clear()) >= 0) {
      said.append(StandardCharsets.UTF_8.decode(some.flip()));
    }
    return said.toString();
  }

  @Test
  void aProgramCommandsByASocketAndAnotherOneAfterIt() throws IOException {
    Path file = dir.resolve("monitor");
    try (SocketMonitor server = SocketMonitor.listen("unix:" + file + ",server,nowait")) {
      server.serve(pc, commands);
      for (String disc : List.of("b", "c")) {
        file(disc, 4096);
        try (SocketChannel monitor = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
          assertTrue(hear(monitor).startsWith("jvmm monitor"));
          String line = "change %s %s raw\n".formatted(CD, dir.resolve(disc));
          monitor.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
          assertFalse(hear(monitor).contains("Error"));
          assertTrue(execute("info block " + CD).contains(CD + ": " + dir.resolve(disc)));
        }
      }
    }
    assertFalse(Files.exists(file));
  }

  @Test
  void aMonitorOnASocketListens() {
    for (String wrong : List.of("unix:x", "tcp:host", "tcp::1,server=on", "tcp:x,server,nowait")) {
      assertThrows(UsageException.class, () -> SocketMonitor.listen(wrong), wrong);
    }
  }

  @Test
  void theImageOfAnotherDriveIsNotTakenTwice() {
    String said = execute("change %s %s raw".formatted(FLOPPY, dir.resolve("disk")));
    assertTrue(said.contains("its image is that of"), said);
  }
}
