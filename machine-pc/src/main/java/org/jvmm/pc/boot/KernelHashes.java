package org.jvmm.pc.boot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * SHA-256 of kernels, remembered in a text file beside what the file system tells of them, as git's
 * index does: a kernel that is booted again is not read again for its hash.
 *
 * <p>A file that was changed a moment ago is not remembered: a second change might leave no trace
 * in its times. Nothing that goes wrong with the text file is an error.
 */
final class KernelHashes {
  private static final Duration MOMENT = Duration.ofSeconds(2);

  /** Lines kept, the newest first. */
  private static final int MOST = 64;

  /** Hexadecimal digits of a SHA-256. */
  private static final int DIGITS = 64;

  private static final String ATTRIBUTES = "unix:dev,ino,size,lastModifiedTime,ctime";

  private final Path index;

  /** With a text file, which is made when it is needed; null for none. */
  KernelHashes(Path index) {
    this.index = index;
  }

  /** The hash of the first bytes of a kernel, in hexadecimal. */
  String of(BootFile kernel, long bytes) throws IOException {
    String identity = index == null ? null : identity(kernel.path(), bytes);
    if (identity == null) {
      return sha256(kernel, bytes);
    }
    List<String> lines = lines();
    for (String line : lines) {
      if (line.startsWith(identity) && isHash(line.substring(identity.length()))) {
        return line.substring(identity.length());
      }
    }
    String hash = sha256(kernel, bytes);
    remember(identity + hash, lines);
    return hash;
  }

  /** The hash becomes a file's name, whatever the text file says. */
  private static boolean isHash(String text) {
    boolean good = text.length() == DIGITS;
    for (int i = 0; good && i < DIGITS; i++) {
      char each = text.charAt(i);
      good = each >= '0' && each <= '9' || each >= 'a' && each <= 'f';
    }
    return good;
  }

  /** What tells that it is the same file, unchanged; null if that cannot be told. */
  private static String identity(Path kernel, long bytes) {
    try {
      Map<String, Object> known = Files.readAttributes(kernel, ATTRIBUTES);
      Instant changed = ((FileTime) known.get("ctime")).toInstant();
      if (changed.isAfter(Instant.now().minus(MOMENT))) {
        return null;
      }
      return known.get("dev")
          + " "
          + known.get("ino")
          + " "
          + known.get("size")
          + " "
          + known.get("lastModifiedTime")
          + " "
          + changed
          + " "
          + bytes
          + " ";
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return null; // a file system without these attributes
    }
  }

  private List<String> lines() {
    try {
      return Files.readAllLines(index);
    } catch (IOException e) {
      return List.of(); // none yet, or not text
    }
  }

  private void remember(String line, List<String> others) {
    List<String> lines = new ArrayList<>(others.subList(0, Math.min(others.size(), MOST - 1)));
    lines.add(0, line);
    try {
      Files.createDirectories(index.getParent());
      Path aside = Files.createTempFile(index.getParent(), "index", ".new");
      try {
        Files.write(aside, lines, StandardCharsets.UTF_8);
        Files.move(aside, index, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(aside); // still there if the disk is full
      }
    } catch (IOException e) {
      return; // a read-only cache
    }
  }

  private static String sha256(BootFile kernel, long bytes) throws IOException {
    try (InputStream in = kernel.section(0, bytes)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] piece = new byte[BootFile.HEAD];
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        digest.update(piece, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new LinkageError("every Java platform has SHA-256", e);
    }
  }
}
