package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Images;

final class HostDrivesTest {
  private static final long SIZE = 1 << 20;

  @TempDir Path dir;
  private final List<String> notices = new ArrayList<>();

  private HostDrives open(String... args) {
    Options options = new Options();
    AnyLine.parser(options).parseArgs(args);
    return new HostDrives(DriveList.of(options.drives), notices::add);
  }

  private String complaint(String... args) {
    String line = assertThrows(UsageException.class, () -> open(args).close()).getMessage();
    assertEquals(1, line.lines().count(), line);
    assertTrue(line.startsWith(args[0] + " " + args[1] + ": "), line);
    return line;
  }

  private String image(String name, String format) throws IOException {
    Path path = dir.resolve(name);
    Images.create(path, format, SIZE, new CreateOptions(Map.of()));
    return path.toString();
  }

  @Test
  void aMissingImageIsNamedBeforeAnythingIsDownloaded() {
    String missing = dir.resolve("missing.img").toString();
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      assertEquals(2, Jvmm.execute(new String[] {"-accel", "soft", "-hda", missing}));
    } finally {
      System.setErr(err);
    }
    String line = said.toString(StandardCharsets.UTF_8);
    assertTrue(line.startsWith("jvmm: -hda " + missing + ": "), line);
    assertEquals(1, line.lines().count(), line);
  }

  @Test
  void anUnknownFormatIsNamedWithTheKnownOnes() throws IOException {
    String line = complaint("-drive", "format=qcw2,file=" + image("a", "qcow2"));
    assertTrue(line.contains("qcw2 is unknown") && line.contains("qcow2"), line);
  }

  @Test
  void anImageHasOneWriter() throws IOException {
    String file = image("a", "qcow2");
    try (HostDrives first = open("-hda", file)) {
      assertEquals(1, first.ide().size());
      assumeTrue(System.getProperty("os.name").equals("Linux"), "images are locked on Linux alone");
      assertTrue(complaint("-hda", file).contains("another process"));
    }
    String line = complaint("-hdb", file, "-hda", file);
    assertTrue(line.endsWith("its image is that of -hda " + file + ", and has one writer"), line);
    open("-hda", file).close();
  }

  @Test
  void oneImageServesManyReaders() throws IOException {
    String file = image("a", "raw");
    open("-snapshot", "-hda", file, "-hdb", file, "-cdrom", file).close();
  }

  @Test
  void rawOverAnotherFormatIsSaid() throws IOException {
    String file = image("a", "qcow2");
    open("-drive", "format=raw,file=" + file).close();
    assertTrue(notices.get(0).contains("looks like qcow2"), notices.toString());
  }

  @Test
  void aGuessedFormatIsSaid() throws IOException {
    open("-hda", image("a", "raw")).close();
    assertTrue(notices.get(0).contains("no format was given"), notices.toString());
  }

  @Test
  void aDirectoryIsAReadOnlyDisk() throws IOException {
    Files.writeString(dir.resolve("x.txt"), "x");
    try (HostDrives drives = open("-drive", "file=fat:" + dir)) {
      assertTrue(drives.ide().get(0).medium().readOnly());
    }
  }

  @Test
  void whatIsNoDirectoryIsRefused() {
    complaint("-drive", "file=fat:" + dir.resolve("missing"));
  }
}
