package org.jvmm.guests.fetch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloaderTest {
  private static final int SIZE = 300_000;

  @TempDir Path dir;
  private final byte[] content = new byte[SIZE];
  private final List<Duration> pauses = new ArrayList<>();
  private final Downloader downloader =
      new Downloader(new Proxies(Map.of(), Map.of()), pauses::add, 2000);
  private MirrorServer server;
  private Path part;
  private Downloader.Expected expected;

  @BeforeEach
  void serveOneFile() throws IOException {
    new Random(1).nextBytes(content);
    Files.createDirectories(dir.resolve("mirror"));
    Path file = Files.write(dir.resolve("mirror/file"), content);
    expected = new Downloader.Expected(Digest.ofFile(file), SIZE);
    server = new MirrorServer(dir.resolve("mirror"));
    part = dir.resolve("part");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void fetch(String path) throws IOException {
    downloader.fetch(server.uri(path), part, expected, "file", ProgressSink.NONE);
  }

  @Test
  void aFileArrivesWhole() throws IOException {
    fetch("file");
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("/file"), server.requests);
  }

  @Test
  void aCutConnectionIsResumedWhereItStopped() throws IOException {
    server.cuts = 1;
    server.cutAfter = 100_000;
    fetch("file");
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("/file", "/file bytes=100000-"), server.requests);
    assertEquals(1, pauses.size());
  }

  @Test
  void aTransferThatStandsStillIsResumed() throws IOException {
    server.stalls = true;
    server.cuts = 1;
    server.cutAfter = 100_000;
    var impatient = new Downloader(new Proxies(Map.of(), Map.of()), pauses::add, 100);
    impatient.fetch(server.uri("file"), part, expected, "file", ProgressSink.NONE);
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("/file", "/file bytes=100000-"), server.requests);
  }

  @Test
  void whatAnEarlierRunLeftIsNotFetchedAgain() throws IOException {
    Files.write(part, Arrays.copyOf(content, 250_000));
    fetch("file");
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("/file bytes=250000-"), server.requests);
  }

  @Test
  void aServerWithoutRangesSendsTheWholeFileAgain() throws IOException {
    server.ranges = false;
    Files.write(part, Arrays.copyOf(content, 250_000));
    fetch("file");
    assertArrayEquals(content, Files.readAllBytes(part));
  }

  @Test
  void theRestOfAnotherFileIsThrownAwayAndTheFileFetchedClean() throws IOException {
    Files.write(part, new byte[250_000]);
    fetch("file");
    assertArrayEquals(content, Files.readAllBytes(part));
    assertEquals(List.of("/file bytes=250000-", "/file"), server.requests);
  }

  @Test
  void otherContentIsRefusedAndNotKept() throws IOException {
    Files.write(dir.resolve("mirror/file"), new byte[SIZE]);
    var e = assertThrows(StaleMirrorException.class, () -> fetch("file"));
    assertTrue(e.getMessage().contains("not " + expected.sha256()), e.getMessage());
    assertFalse(Files.exists(part));
  }

  @Test
  void anotherLengthIsRefusedBeforeTheTransfer() throws IOException {
    Files.write(dir.resolve("mirror/file"), new byte[SIZE - 1]);
    var e = assertThrows(StaleMirrorException.class, () -> fetch("file"));
    assertTrue(e.getMessage().endsWith("299999 bytes long, not 300000"), e.getMessage());
    assertFalse(Files.exists(part));
  }

  @Test
  void aMissingFileIsNotTriedTwice() {
    assertThrows(StaleMirrorException.class, () -> fetch("other"));
    assertEquals(List.of("/other"), server.requests);
  }

  @Test
  void aBusyServerIsAskedAgainAfterGrowingPauses() throws IOException {
    server.unavailable = 3;
    fetch("file");
    assertEquals(List.of(500L, 1000L, 2000L), pauses.stream().map(Duration::toMillis).toList());
  }

  @Test
  void aServerThatStaysBusyEndsInOneLineThatNamesIt() {
    server.unavailable = Integer.MAX_VALUE;
    var e = assertThrows(GuestException.class, () -> fetch("file"));
    String line = server.uri("file") + ": the server answers 503 (tried 5 times)";
    assertEquals(line, e.getMessage());
  }

  @Test
  void redirectionsAreFollowed() throws IOException {
    fetch("moved/file");
    assertArrayEquals(content, Files.readAllBytes(part));
  }

  @Test
  void redirectionsInACircleEnd() {
    assertThrows(GuestException.class, () -> fetch("moved/moved/moved/moved/moved/moved/file"));
  }

  @Test
  void aSmallFileThatIsTooLargeIsRefused() {
    assertThrows(GuestException.class, () -> downloader.fetchSmall(server.uri("file"), SIZE - 1));
  }

  @Test
  void fileAddressesAreReadAndResumed() throws IOException {
    Files.write(part, Arrays.copyOf(content, 7));
    URI uri = dir.resolve("mirror/file").toUri();
    downloader.fetch(uri, part, expected, "file", ProgressSink.NONE);
    assertArrayEquals(content, Files.readAllBytes(part));
  }

  @Test
  void otherSchemesAreRefused() {
    URI uri = URI.create("gopher://localhost/file");
    assertThrows(GuestException.class, () -> downloader.fetchSmall(uri, 1));
  }

  @Test
  void aProxyIsAskedForTheWholeAddress() throws IOException {
    Map<String, String> apt = Map.of("acquire::http::proxy", server.uri("").toString());
    var viaProxy = new Downloader(new Proxies(apt, Map.of()), pauses::add, 2000);
    byte[] got = viaProxy.fetchSmall(URI.create("http://mirror.invalid/file"), SIZE);
    assertArrayEquals(content, got);
  }
}
