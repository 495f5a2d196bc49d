package org.jvmm.guests.debian;

import static org.apache.commons.compress.archivers.tar.TarConstants.LF_CHR;
import static org.apache.commons.compress.archivers.tar.TarConstants.LF_DIR;
import static org.apache.commons.compress.archivers.tar.TarConstants.LF_LINK;
import static org.apache.commons.compress.archivers.tar.TarConstants.LF_SYMLINK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.guests.fetch.GuestException;

class DebFileTest {
  @TempDir Path dir;

  private List<String> list(Path deb) throws IOException {
    List<String> seen = new ArrayList<>();
    DebFile.read(
        deb,
        (entry, content) -> {
          String text = new String(content.readAllBytes(), StandardCharsets.UTF_8);
          seen.add(
              "%s %s %o %s%s"
                  .formatted(entry.kind(), entry.path(), entry.mode(), entry.link(), text));
        });
    return seen;
  }

  @ParameterizedTest
  @ValueSource(strings = {"xz", "gz", ""})
  void filesDirectoriesAndLinksComeOutAsTheyWentIn(String compression) throws IOException {
    Path deb =
        new DebBuilder()
            .compression(compression)
            .other("./", LF_DIR, "")
            .other("./usr/", LF_DIR, "")
            .file("./usr/a", 04755, "content".getBytes(StandardCharsets.UTF_8))
            .other("./usr/b", LF_SYMLINK, "../a")
            .other("./usr/c", LF_LINK, "./usr/a")
            .other("./dev/mem", LF_CHR, "")
            .write(dir.resolve("a.deb"));
    assertEquals(
        List.of(
            "DIRECTORY usr 755 ",
            "FILE usr/a 4755 content",
            "SYMLINK usr/b 755 ../a",
            "HARDLINK usr/c 755 usr/a"),
        list(deb));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil", "./usr/../../evil", "/etc/evil", "usr/.."})
  void aPathOutOfTheRootIsRefused(String name) throws IOException {
    Path deb = new DebBuilder().file(name, "x").write(dir.resolve("a.deb"));
    var e = assertThrows(GuestException.class, () -> list(deb));
    assertTrue(e.getMessage().contains("hostile path"), e.getMessage());
  }

  @Test
  void aHardLinkOutOfTheRootIsRefused() throws IOException {
    Path deb = new DebBuilder().other("a", LF_LINK, "../../etc/x").write(dir.resolve("a.deb"));
    assertThrows(GuestException.class, () -> list(deb));
  }

  @Test
  void aSizeBeyondEveryPackageIsRefusedBeforeItIsRead() throws IOException {
    Path deb = new DebBuilder().compression("").file("a", "x").write(dir.resolve("a.deb"));
    byte[] bytes = Files.readAllBytes(deb);
    int header = indexOf(bytes, "a\0\0\0");
    byte[] huge = "77777777777\0".getBytes(StandardCharsets.US_ASCII); // 8 GiB - 1, in octal
    System.arraycopy(huge, 0, bytes, header + 124, 12);
    fixChecksum(bytes, header);
    Path twice = dir.resolve("b.deb");
    Files.write(twice, bytes);
    assertThrows(GuestException.class, () -> list(twice));
  }

  @Test
  void aCutPackageIsReportedAsBroken() throws IOException {
    Path deb = new DebBuilder().file("a", "x".repeat(5000)).write(dir.resolve("a.deb"));
    byte[] whole = Files.readAllBytes(deb);
    for (int length : new int[] {0, 4, 60, 130, 200, whole.length - 40}) {
      Files.write(deb, Arrays.copyOf(whole, length));
      assertThrows(GuestException.class, () -> list(deb), "cut to " + length);
    }
  }

  @Test
  void anUnknownCompressionIsNamed() throws IOException {
    Path deb = new DebBuilder().compression("br").file("a", "x").write(dir.resolve("a.deb"));
    var e = assertThrows(GuestException.class, () -> list(deb));
    assertEquals("'data.tar.br': this compression is not known", e.getMessage());
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
  }

  private static void fixChecksum(byte[] bytes, int header) {
    Arrays.fill(bytes, header + 148, header + 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += bytes[header + i] & 0xFF;
    }
    byte[] text = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, bytes, header + 148, 8);
  }
}
