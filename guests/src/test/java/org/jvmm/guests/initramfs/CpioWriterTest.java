package org.jvmm.guests.initramfs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.Test;

class CpioWriterTest {

  private static byte[] write(FileTree tree) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CpioWriter.write(tree, out);
    return out.toByteArray();
  }

  private static Map<String, String> read(byte[] cpio) throws IOException {
    Map<String, String> entries = new LinkedHashMap<>();
    var in = new CpioArchiveInputStream(new ByteArrayInputStream(cpio));
    for (CpioArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      String device =
          e.isCharacterDevice() ? e.getRemoteDeviceMaj() + ":" + e.getRemoteDeviceMin() : "";
      entries.put(
          e.getName(),
          "%o %d %d %s%s".formatted(e.getMode(), e.getUID(), e.getTime(), text, device));
    }
    return entries;
  }

  @Test
  void everyKindOfNodeComesBack() throws IOException {
    FileTree tree = new FileTree();
    tree.directory("tmp", 01777).file("init", 0755, "#!/bin/sh\n").symlink("a", "init");
    tree.charDevice("dev/console", 0600, 5, 1);
    Map<String, String> entries = read(write(tree));
    assertEquals("41777 0 0 ", entries.get("tmp"));
    assertEquals("100755 0 0 #!/bin/sh\n", entries.get("init"));
    assertEquals("120777 0 0 init", entries.get("a"));
    assertEquals("20600 0 0 5:1", entries.get("dev/console"));
    assertEquals("120777 0 0 usr/bin", entries.get("bin"));
  }

  @Test
  void theSameTreeGivesTheSameBytesInWhateverOrderItWasMade() throws IOException {
    FileTree one = new FileTree().file("a", 0644, "1").file("b/c", 0644, "2");
    FileTree two = new FileTree().file("b/c", 0644, "2").file("a", 0644, "1");
    assertArrayEquals(write(one), write(two));
  }
}
