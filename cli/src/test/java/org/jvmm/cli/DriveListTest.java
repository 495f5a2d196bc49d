package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.block.CacheMode;
import org.jvmm.cli.DriveConfig.ErrorAction;
import org.jvmm.cli.DriveConfig.Interface;
import org.jvmm.cli.DriveConfig.Media;
import org.jvmm.cli.DriveConfig.Place;

final class DriveListTest {
  private static List<DriveConfig> drives(String... args) {
    Options options = new Options();
    AnyLine.parser(options).parseArgs(args);
    return DriveList.of(options.drives);
  }

  private static List<String> places(String... args) {
    return drives(args).stream().map(each -> each.place().toString()).toList();
  }

  private static String complaint(String... args) {
    return assertThrows(UsageException.class, () -> drives(args)).getMessage();
  }

  @Test
  void theOldOptionsStandForFixedPlaces() {
    assertEquals(
        List.of(
            "ide bus=0,unit=0",
            "ide bus=0,unit=1",
            "ide bus=1,unit=1",
            "ide bus=1,unit=0",
            "floppy bus=0,unit=0",
            "floppy bus=0,unit=1"),
        places("-hda", "a", "-hdb", "b", "-hdd", "d", "-cdrom", "c", "-fda", "x", "-fdb", "y"));
  }

  @Test
  void aCommandLineOf2010IsTaken() {
    Options options = new Options();
    AnyLine.parser(options)
        .parseArgs(
            "-cdrom xp.iso -hda xp.img -boot d -m 1024 -localtime -net nic -net tap".split(" "));
    List<DriveConfig> drives = DriveList.of(options.drives);
    assertEquals("xp.img", drives.get(0).file());
    assertEquals(Media.CDROM, drives.get(1).media());
    assertTrue(drives.get(1).readOnly());
    assertEquals("d", BootOption.parse(options.firmware.boot).order());
    assertTrue(options.peripherals.localTime);
    assertEquals(List.of(), options.peripherals.missing());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "-hda deb.img -m 1024 | deb.img ide bus=0,unit=0 DISK",
        "-fda dos.img | dos.img floppy bus=0,unit=0 DISK",
        "-hdb data.img | data.img ide bus=0,unit=1 DISK",
        "-hdc more.img | more.img ide bus=1,unit=0 DISK",
        "-drive file=deb.img,format=qcow2 -snapshot | deb.img ide bus=0,unit=0 DISK",
        "-drive file=x.iso,if=ide,media=cdrom,readonly=on | x.iso ide bus=0,unit=0 CDROM",
        "-drive file=d.img,if=ide,format=raw,cache=none,readonly=on | d.img ide bus=0,unit=0 DISK",
        "-drive file=d.img,werror=stop,rerror=report | d.img ide bus=0,unit=0 DISK",
        "-drive file=fat:tools | fat:tools ide bus=0,unit=0 DISK",
        "-drive file=d.img,index=2,media=disk,cache=writethrough | d.img ide bus=1,unit=0 DISK"
      })
  void qemusCommandLinesAreTaken(String line, String expected) {
    DriveConfig drive = drives(line.split(" ")).get(0);
    assertEquals(expected, "%s %s %s".formatted(drive.file(), drive.place(), drive.media()));
  }

  @Test
  void everyKeyOfADriveIsTaken() {
    DriveConfig drive =
        drives(
                "-drive",
                "file=a,,b.img,if=ide,bus=1,unit=0,format=qcow2,media=disk,cache=none,readonly=on,"
                    + "snapshot=on,werror=stop,rerror=stop,id=root,serial=S1,aio=threads")
            .get(0);
    assertEquals("a,b.img", drive.file());
    assertEquals(new Place(Interface.IDE, 1, 0), drive.place());
    assertEquals("qcow2", drive.format());
    assertEquals(CacheMode.NONE, drive.cache());
    assertTrue(drive.readOnly());
    assertFalse(drive.snapshot(), "nothing is written");
    assertEquals(ErrorAction.STOP, drive.onReadError());
    assertEquals(ErrorAction.STOP, drive.onWriteError());
    assertEquals("S1", drive.serial());
    assertEquals("root", drive.id());
  }

  @Test
  void aDriveWithoutAPlaceTakesTheFirstThatIsFree() {
    assertEquals(
        List.of("ide bus=0,unit=0", "ide bus=0,unit=1", "ide bus=1,unit=1", "floppy bus=0,unit=0"),
        places(
            "-hda",
            "a",
            "-drive",
            "file=b",
            "-drive",
            "file=c,index=3",
            "-drive",
            "file=d,if=floppy"));
  }

  @Test
  void aPlaceIsTakenOnce() {
    assertEquals(
        "-cdrom b: its place (ide bus=1,unit=0) is taken by -hdc a",
        complaint("-hdc", "a", "-cdrom", "b"));
  }

  @Test
  void snapshotIsForEveryDriveThatCanBeWritten() {
    List<DriveConfig> drives = drives("-snapshot", "-hda", "a", "-cdrom", "b");
    assertTrue(drives.get(0).snapshot());
    assertFalse(drives.get(1).snapshot());
  }

  @Test
  void aCdromMayBeEmpty() {
    assertNull(drives("-drive", "media=cdrom").get(0).file());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "file=a,if=virtio | if=virtio is not there; there are ide and floppy",
        "file=a,index=4 | index is from 0 to 3",
        "file=a,index=0,bus=0 | index cannot be used with bus and unit",
        "file=a,cache=fast | cache=fast is unknown",
        "file=a,media=tape | media=tape is not known; there are disk, cdrom",
        "file=a,werror=ignore | werror=ignore is not known",
        "file=a,formt=raw | 'formt' is not known; did you mean 'format'?",
        "file=a,readonly=maybe | readonly is on or off",
        "x | 'x' is not key=value"
      })
  void whatIsNotThereIsSaidInOneLine(String spec, String reason) {
    String line = complaint("-drive", spec);
    assertTrue(line.startsWith("-drive " + spec + ": ") && line.contains(reason), line);
    assertEquals(1, line.lines().count());
  }
}
