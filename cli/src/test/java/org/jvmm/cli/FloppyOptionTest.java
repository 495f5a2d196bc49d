package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.pc.Floppy;

/** Floppy drives by the command line. */
final class FloppyOptionTest {
  @TempDir Path folder;

  private Path image(long size) throws IOException {
    Path path = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(size);
    }
    return path;
  }

  private static HostDrives open(DriveOptions options) {
    return new HostDrives(DriveList.of(options), notice -> {});
  }

  @Test
  void aFloppyImageIsADiskInDriveA() throws IOException {
    DriveOptions options = new DriveOptions();
    options.fda = image(1_474_560).toString();
    options.drives.add("if=floppy,index=1");
    try (HostDrives drives = open(options)) {
      List<Floppy> floppies = drives.floppies();
      assertEquals(List.of(0, 1), floppies.stream().map(Floppy::number).toList());
      assertEquals(1_474_560, floppies.get(0).medium().size());
      assertNull(floppies.get(1).medium());
      assertTrue(drives.ide().isEmpty());
    }
  }

  @Test
  void anImageThatNoFloppyDiskHoldsIsRefused() throws IOException {
    DriveOptions options = new DriveOptions();
    options.fda = image(3_000_000).toString();
    UsageException refused = assertThrows(UsageException.class, () -> open(options));
    assertTrue(refused.getMessage().contains("3000"), refused.getMessage());
  }
}
