package org.jvmm.guests.debian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.ProgressSink;

class SignaturesTest {
  private static final String MESSAGE =
      """
      -----BEGIN PGP SIGNED MESSAGE-----
      Hash: SHA256

      Origin: Debian
      - -----dashes
      -----BEGIN PGP SIGNATURE-----

      xyz
      -----END PGP SIGNATURE-----
      """;

  @TempDir Path dir;
  private final List<Path> homes = new ArrayList<>();

  /** gpg-agent ends itself when its directory is gone. */
  @AfterEach
  void removeKeys() throws IOException {
    for (Path home : homes) {
      try (Stream<Path> files = Files.walk(home)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static Source source(String options) {
    return Source.parseLines("deb [" + options + "] http://m.example/debian stable main").get(0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theSignedTextIsTakenOutOfItsFrame() throws IOException {
    assertEquals(
        "Origin: Debian\n-----dashes", Signatures.signedText(bytes(MESSAGE), source("a=b")));
  }

  @Test
  void textOutsideOfTheFrameIsRefused() {
    for (String text :
        List.of(
            "Origin: Evil\n" + MESSAGE,
            MESSAGE + "Origin: Evil\n",
            MESSAGE + MESSAGE,
            MESSAGE.replace("Hash: SHA256\n\n", ""),
            MESSAGE.substring(0, 120),
            "")) {
      assertThrows(
          GuestException.class, () -> Signatures.signedText(bytes(text), source("a=b")), text);
    }
  }

  @Test
  void withoutGpgvTheUserIsTold() throws IOException {
    List<String> notes = new ArrayList<>();
    var signatures = new Signatures(dir.toString(), List.of(), new Notes(notes));
    signatures.verified(bytes(MESSAGE), source("a=b"));
    assertTrue(notes.get(0).endsWith("not checked: gpgv is not installed"), notes.toString());
  }

  @Test
  void aGoodSignaturePassesAndAChangedTextDoesNot() throws Exception {
    Key key = new Key("good");
    byte[] signed = key.clearsign("Origin: Debian\n");
    var signatures = new Signatures(System.getenv("PATH"), List.of(key.binary), ProgressSink.NONE);
    assertEquals("Origin: Debian", signatures.verified(signed, source("a=b")));

    byte[] changed = bytes(new String(signed, StandardCharsets.UTF_8).replace("Debian", "Nobody"));
    var e = assertThrows(GuestException.class, () -> signatures.verified(changed, source("a=b")));
    assertEquals("the signature of http://m.example/debian/ stable is bad", e.getMessage());
  }

  @Test
  void onlyTheKeyThatSignedByNamesCounts() throws Exception {
    Key good = new Key("good");
    Key other = new Key("other");
    byte[] signed = good.clearsign("Origin: Debian\n");
    var signatures = new Signatures(System.getenv("PATH"), List.of(good.binary), ProgressSink.NONE);
    assertEquals(
        "Origin: Debian", signatures.verified(signed, source("signed-by=" + good.armored)));
    Source strict = source("signed-by=" + other.binary);
    var e = assertThrows(GuestException.class, () -> signatures.verified(signed, strict));
    assertTrue(e.getMessage().endsWith("is by no key that this host trusts"), e.getMessage());
  }

  /** A throw-away key made by the host's gpg; without gpg and gpgv the test is skipped. */
  private final class Key {
    private final Path home;
    final Path binary;
    final Path armored;

    Key(String name) throws Exception {
      assumeTrue(Files.isExecutable(Path.of("/usr/bin/gpg")), "gpg is not installed");
      assumeTrue(Files.isExecutable(Path.of("/usr/bin/gpgv")), "gpgv is not installed");
      home = Files.createTempDirectory("gpg"); // short: the agent's socket path is limited
      homes.add(home);
      binary = dir.resolve(name + ".gpg");
      armored = dir.resolve(name + ".asc");
      gpg("--passphrase", "", "--quick-gen-key", name + "@example.org", "rsa2048", "sign", "never");
      gpg("--output", binary.toString(), "--export");
      gpg("--armor", "--output", armored.toString(), "--export");
    }

    byte[] clearsign(String text) throws Exception {
      Path plain = Files.writeString(dir.resolve("plain"), text);
      Path signed = dir.resolve("signed");
      gpg("--yes", "--output", signed.toString(), "--clearsign", plain.toString());
      return Files.readAllBytes(signed);
    }

    private void gpg(String... arguments) throws Exception {
      List<String> command =
          new ArrayList<>(
              List.of("/usr/bin/gpg", "--homedir", home.toString(), "--batch", "--quiet"));
      command.addAll(List.of("--pinentry-mode", "loopback"));
      command.addAll(List.of(arguments));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assumeTrue(process.waitFor() == 0, "gpg cannot make a key here");
    }
  }

  private record Notes(List<String> notes) implements ProgressSink {
    @Override
    public void begin(String what, long total, long already) {}

    @Override
    public void advance(long bytes) {}

    @Override
    public void end() {}

    @Override
    public void note(String line) {
      notes.add(line);
    }
  }
}
