package org.jvmm.guests.debian;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.ProgressSink;

/**
 * Checks OpenPGP signatures of Release files with the host's gpgv, as apt does. Where gpgv or every
 * key is missing, the user is told that nothing was checked.
 */
final class Signatures {
  private static final String BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----";
  private static final String SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
  private static final String END = "-----END PGP SIGNATURE-----";

  private final String searchPath;
  private final List<Path> trustedKeys;
  private final ProgressSink progress;

  /**
   * @param searchPath the PATH to look for gpgv in
   * @param trustedKeys keyrings for sources that name none
   */
  Signatures(String searchPath, List<Path> trustedKeys, ProgressSink progress) {
    this.searchPath = searchPath;
    this.trustedKeys = trustedKeys;
    this.progress = progress;
  }

  /**
   * The signed text of an InRelease file.
   *
   * @throws GuestException when the signature is bad or by an unknown key, or the file is not one
   *     clear-signed message from its first byte to its last
   */
  String verified(byte[] inRelease, Source source) throws IOException {
    String text = signedText(inRelease, source);
    verify(source, dir -> List.of(Files.write(dir.resolve("InRelease"), inRelease)));
    return text;
  }

  /** The text of a Release file with a detached signature. */
  String verified(byte[] release, byte[] signature, Source source) throws IOException {
    verify(
        source,
        dir ->
            List.of(
                Files.write(dir.resolve("Release.gpg"), signature),
                Files.write(dir.resolve("Release"), release)));
    return new String(release, StandardCharsets.UTF_8);
  }

  /** RFC 4880 section 7; nothing may stand outside of the message. */
  static String signedText(byte[] inRelease, Source source) throws GuestException {
    String all = new String(inRelease, StandardCharsets.UTF_8).replace("\r\n", "\n");
    int body = all.indexOf("\n\n");
    int signature = all.indexOf("\n" + SIGNATURE + "\n");
    int end = all.indexOf("\n" + END);
    boolean whole = all.startsWith(BEGIN + "\n") && body > 0 && signature > body && end > signature;
    if (!whole
        || !all.substring(end + 1 + END.length()).isBlank()
        || all.lastIndexOf(BEGIN) != 0
        || all.lastIndexOf(SIGNATURE) != signature + 1) {
      throw new GuestException("%s: InRelease is not one signed message".formatted(source));
    }
    return all.substring(body + 2, signature).replaceAll("(?m)^- ", "");
  }

  private interface Inputs {
    List<Path> write(Path directory) throws IOException;
  }

  private void verify(Source source, Inputs inputs) throws IOException {
    Optional<Path> gpgv = gpgv();
    if (source.trusted() || gpgv.isEmpty()) {
      String why = source.trusted() ? "it is marked trusted" : "gpgv is not installed";
      progress.note("signature of %s not checked: %s".formatted(source, why));
      return;
    }
    Path directory = Files.createTempDirectory("jvmm-gpgv");
    try {
      List<String> command = new ArrayList<>(List.of(gpgv.get().toString()));
      command.addAll(List.of("--homedir", directory.toString(), "--status-fd", "1"));
      List<Path> keyrings = keyrings(source, directory);
      if (keyrings.isEmpty()) {
        progress.note("signature of %s not checked: no keyring found".formatted(source));
        return;
      }
      keyrings.forEach(k -> command.addAll(List.of("--keyring", k.toString())));
      inputs.write(directory).forEach(f -> command.add(f.toString()));
      judge(run(command), source);
    } finally {
      delete(directory);
    }
  }

  private static void judge(String status, Source source) throws GuestException {
    boolean good = status.contains("[GNUPG:] GOODSIG ");
    boolean bad = status.contains("[GNUPG:] BADSIG ");
    if (!good || bad) {
      String why = bad ? "is bad" : "is by no key that this host trusts";
      throw new GuestException("the signature of %s %s".formatted(source, why));
    }
  }

  private static String run(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    process.getOutputStream().close();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return output;
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while gpgv runs");
    }
  }

  private Optional<Path> gpgv() {
    return Stream.of(searchPath.split(":"))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, "gpgv"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Binary keyring files; Signed-By may name files or hold an armored key itself. */
  private List<Path> keyrings(Source source, Path directory) throws IOException {
    String signedBy = source.signedBy().orElse("");
    List<Path> named = trustedKeys;
    if (signedBy.contains("BEGIN PGP")) {
      String key = signedBy.replaceAll("(?m)^\\s*\\.$", "").replaceAll("(?m)^ +", "");
      named = List.of(Files.writeString(directory.resolve("signed-by.asc"), key.strip()));
    } else if (signedBy.startsWith("/")) {
      named = Stream.of(signedBy.split("[\\s,]+")).map(Path::of).toList();
    }
    List<Path> binary = new ArrayList<>();
    for (Path key : named) {
      if (Files.isReadable(key)) {
        binary.add(binary(key, directory.resolve(binary.size() + ".gpg")));
      }
    }
    return binary;
  }

  /** gpgv reads binary keys only: an armored file (RFC 4880 section 6.2) is decoded. */
  private static Path binary(Path key, Path target) throws IOException {
    if (!key.toString().endsWith(".asc")) {
      return key.toAbsolutePath();
    }
    StringBuilder base64 = new StringBuilder();
    boolean inBody = false;
    for (String line : Files.readAllLines(key, StandardCharsets.ISO_8859_1)) {
      if (line.isBlank()) {
        inBody = true;
      } else if (line.startsWith("-----") || line.startsWith("=")) {
        inBody = false; // the checksum line and the next block's header
      } else if (inBody) {
        base64.append(line);
      }
    }
    try {
      return Files.write(target, Base64.getMimeDecoder().decode(base64.toString()));
    } catch (IllegalArgumentException e) {
      throw new GuestException("%s is no armored key".formatted(key), e);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
