package org.jvmm.guests.debian;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Makes .deb files for tests, hostile ones too: names are written as given. */
public final class DebBuilder {
  private final ByteArrayOutputStream tarBytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(tarBytes, "UTF-8");
  private String compression = "xz";

  public DebBuilder() {
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  /** xz, gz, or empty for none. */
  public DebBuilder compression(String name) {
    compression = name;
    return this;
  }

  public DebBuilder file(String name, int mode, byte[] content) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL, true);
    entry.setMode(mode);
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
    return this;
  }

  public DebBuilder file(String name, String content) throws IOException {
    return file(name, 0644, content.getBytes(StandardCharsets.UTF_8));
  }

  /** An entry of another type: LF_DIR, LF_SYMLINK, LF_LINK, LF_CHR. */
  public DebBuilder other(String name, byte type, String target) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    entry.setMode(0755);
    entry.setLinkName(target);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
    return this;
  }

  public Path write(Path deb) throws IOException {
    tar.finish();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (OutputStream out = compressor(data)) {
      tarBytes.writeTo(out);
    }
    Files.createDirectories(deb.getParent());
    try (ArArchiveOutputStream ar = new ArArchiveOutputStream(Files.newOutputStream(deb))) {
      member(ar, "debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
      member(ar, "control.tar.xz", new byte[] {1, 2, 3});
      member(
          ar, compression.isEmpty() ? "data.tar" : "data.tar." + compression, data.toByteArray());
    }
    return deb;
  }

  private OutputStream compressor(OutputStream out) throws IOException {
    return switch (compression) {
      case "xz" -> new XZOutputStream(out, new LZMA2Options(1));
      case "gz" -> new GZIPOutputStream(out);
      default -> out;
    };
  }

  private static void member(ArArchiveOutputStream ar, String name, byte[] content)
      throws IOException {
    ar.putArchiveEntry(new ArArchiveEntry(name, content.length));
    ar.write(content);
    ar.closeArchiveEntry();
  }
}
