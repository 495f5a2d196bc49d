package org.jvmm.guests.debian;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jvmm.guests.fetch.GuestException;
import org.tukaani.xz.XZInputStream;

/** The data archive of a binary package (deb(5)), read as a stream. Nothing in it is trusted. */
public final class DebFile {
  /** No package of Debian comes near; more is a decompression bomb. */
  private static final long MAX_UNPACKED = 8L << 30;

  /** The xz decoder's memory, in KiB: Debian's packages ask for up to 65 MiB. */
  private static final int MAX_XZ_KIB = 256 << 10;

  /** What an entry is. */
  public enum Kind {
    FILE,
    DIRECTORY,
    SYMLINK,
    HARDLINK
  }

  /**
   * One entry.
   *
   * @param path relative, without "." or ".." parts
   * @param mode permission bits, with set-uid, set-gid and sticky
   * @param size bytes of a file's content
   * @param link a symlink's text, or the path that a hard link is another name of
   */
  public record Entry(Kind kind, String path, int mode, long size, String link) {}

  /** Takes entries; may read a file's content while it is called. */
  @FunctionalInterface
  public interface Visitor {
    void visit(Entry entry, InputStream content) throws IOException;
  }

  private DebFile() {}

  /** Shows every file, directory and link of the package; other kinds are passed over. */
  public static void read(Path deb, Visitor visitor) throws IOException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(deb), 1 << 16);
        ArArchiveInputStream ar = new ArArchiveInputStream(file)) {
      for (ArArchiveEntry e = ar.getNextEntry(); e != null; e = ar.getNextEntry()) {
        if (e.getName().startsWith("data.tar")) {
          readData(deb, unpack(e.getName(), ar), visitor);
          return;
        }
      }
      throw new GuestException("%s: no data archive in it".formatted(deb));
    } catch (GuestException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new GuestException("%s: broken package: %s".formatted(deb, e.getMessage()), e);
    }
  }

  private static InputStream unpack(String name, InputStream in) throws IOException {
    return switch (name) {
      case "data.tar" -> in;
      case "data.tar.gz" -> new GZIPInputStream(in);
      case "data.tar.xz" -> new XZInputStream(in, MAX_XZ_KIB);
      default -> throw new GuestException("'%s': this compression is not known".formatted(name));
    };
  }

  private static void readData(Path deb, InputStream data, Visitor visitor) throws IOException {
    long total = 0;
    TarArchiveInputStream tar = new TarArchiveInputStream(data);
    for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
      if (e.getSize() > MAX_UNPACKED - total) {
        throw new GuestException("%s: unpacks to more than %d bytes".formatted(deb, MAX_UNPACKED));
      }
      total += e.getSize();
      Kind kind = kind(e);
      String path = normal(deb, e.getName());
      if (kind != null && !path.isEmpty()) {
        String link = kind == Kind.HARDLINK ? normal(deb, e.getLinkName()) : e.getLinkName();
        visitor.visit(new Entry(kind, path, e.getMode() & 07777, e.getSize(), link), tar);
      }
    }
  }

  /** Null for devices and sockets, which no package has any business with. */
  private static Kind kind(TarArchiveEntry e) {
    if (e.isDirectory()) {
      return Kind.DIRECTORY;
    }
    if (e.isSymbolicLink()) {
      return Kind.SYMLINK;
    }
    if (e.isLink()) {
      return Kind.HARDLINK;
    }
    boolean special = e.isCharacterDevice() || e.isBlockDevice() || e.isFIFO();
    return e.isFile() && !special ? Kind.FILE : null;
  }

  /** The path without "./" and a slash at the end; one that leaves the root is refused. */
  private static String normal(Path deb, String name) throws GuestException {
    StringBuilder path = new StringBuilder();
    if (name.startsWith("/") || name.indexOf('\0') >= 0) {
      throw new GuestException("%s: hostile path '%s'".formatted(deb, name));
    }
    for (String part : name.split("/")) {
      if (part.equals("..")) {
        throw new GuestException("%s: hostile path '%s'".formatted(deb, name));
      }
      if (!part.isEmpty() && !part.equals(".")) {
        path.append(path.isEmpty() ? "" : "/").append(part);
      }
    }
    return path.toString();
  }
}
