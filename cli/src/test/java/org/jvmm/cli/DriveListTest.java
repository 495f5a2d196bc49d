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
    return DriveList.of(options.drives, DeviceOption.parse(options.devices).drives());
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
  void aDriveMayBeMadeOfADeviceAndWhatIsInIt() {
    List<DriveConfig> drives =
        drives(
            "-drive",
            "if=none,id=d,file=a.qcow2,format=qcow2,cache.direct=on,readonly=on",
            "-device",
            "ide-hd,drive=d,bus=ide.1,unit=1,serial=S1,bootindex=2",
            "-device",
            "ide-cd,bootindex=1",
            "-drive",
            "if=none,id=f,file=f.img",
            "-device",
            "floppy,drive=f,unit=1");
    DriveConfig disk = drives.get(0);
    assertEquals(new Place(Interface.IDE, 1, 1), disk.place());
    assertEquals("a.qcow2", disk.file());
    assertEquals(CacheMode.NONE, disk.cache());
    assertTrue(disk.readOnly());
    assertEquals("S1", disk.serial());
    assertEquals("d", disk.id());
    assertNull(drives.get(1).file());
    assertEquals(Media.CDROM, drives.get(1).media());
    assertEquals("floppy bus=0,unit=1", drives.get(2).place().toString());
  }

  @Test
  void aBlockNodeIsAFormatUponAFile() {
    List<DriveConfig> drives =
        drives(
            "-blockdev",
            "driver=file,node-name=p,filename=a.qcow2,cache.direct=on",
            "-blockdev",
            "driver=qcow2,node-name=q,file=p",
            "-blockdev",
            "raw,node-name=r,file.driver=file,file.filename=b.img,read-only=on",
            "-device",
            "ide-hd,drive=q",
            "-device",
            "ide-hd,drive=r");
    assertEquals("a.qcow2 qcow2", drives.get(0).file() + " " + drives.get(0).format());
    assertEquals(CacheMode.NONE, drives.get(0).cache());
    assertEquals("b.img raw", drives.get(1).file() + " " + drives.get(1).format());
    assertTrue(drives.get(1).readOnly());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "-device ide-hd | drive= is needed",
        "-device ide-hd,drive=x | drive=x names nothing that is free",
        "-drive if=none,file=a | if=none needs id=",
        "-drive if=none,id=x,file=a | no -device has drive=x",
        "-drive if=none,id=x -drive if=none,id=x | there is an id=x",
        "-device ide-cd,bus=ide.2 | bus=ide.2 is not there",
        "-blockdev driver=qcow2,node-name=q,file=p | file=p names no -blockdev of a file",
        "-blockdev driver=raw,node-name=q | file.filename= is needed"
      })
  void aDriveOfPartsThatDoNotFitIsRefused(String line, String reason) {
    String said = complaint(line.split(" "));
    assertTrue(said.contains(reason), said);
  }

  @Test
  void theOlderNamesOfKeysAreTaken() {
    DriveConfig drive = drives("-drive", "driver=raw,file.filename=a,boot=on").get(0);
    assertEquals("a raw", drive.file() + " " + drive.format());
    assertEquals(CacheMode.UNSAFE, drives("-drive", "file=a,cache.no-flush=on").get(0).cache());
    assertEquals(
        CacheMode.WRITETHROUGH, drives("-drive", "file=a,cache.writeback=off").get(0).cache());
  }

  @Test
  void drivesWithAnIndexAreBootedFirst() {
    List<DriveConfig> drives =
        drives(
            "-hda", "a", "-device", "ide-cd,bootindex=7", "-device", "floppy,unit=0,bootindex=3");
    Options options = new Options();
    options.firmware.boot = "strict=on";
    assertEquals(
        List.of("/pci@i0cf8/isa@1/fdc@03f0/floppy@0", "/pci@i0cf8/ide@1,1/drive@0/disk@1", "HALT"),
        BootOption.plan(options.firmware, drives).first());
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
        "file=a,if=virtio | if=virtio is not there; there are ide, floppy and none",
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
