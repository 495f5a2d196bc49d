package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.pc.IdeDrive;

/** Directories of the host as a guest's drives. */
final class DirectoryDrivesTest {
  @TempDir Path directory;

  @BeforeEach
  void fill() throws IOException {
    Files.writeString(directory.resolve("hello.txt"), "hello");
  }

  private static IdeDrive drive(String... args) {
    Options options = new Options();
    AnyLine.parser(options).parseArgs(args);
    try (HostDrives drives = new HostDrives(DriveList.of(options.drives), notice -> {})) {
      List<IdeDrive> all = drives.ide();
      assertEquals(1, all.size());
      assertTrue(all.get(0).medium().readOnly());
      return all.get(0);
    }
  }

  @Test
  void aDirectoryIsAReadOnlyHardDisk() {
    drive("-hdb", "fat:" + directory);
    drive("-drive", "file=fat:" + directory + ",if=ide");
  }

  @Test
  void aDirectoryInTheCdRomDriveIsACd() {
    assertTrue(drive("-cdrom", directory.toString()).cdrom());
    assertTrue(drive("-drive", "file=iso:" + directory + ",media=cdrom").cdrom());
  }

  @Test
  void aDirectoryAsAnImageIsRefusedWithAHint() {
    UsageException refused =
        assertThrows(UsageException.class, () -> drive("-hda", directory.toString()));
    assertTrue(refused.getMessage().contains("fat:"), refused::getMessage);
  }
}
