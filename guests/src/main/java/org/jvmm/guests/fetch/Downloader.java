package org.jvmm.guests.fetch;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLConnection;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Copies one http, https or file address to a local file. A broken transfer goes on where it
 * stopped (RFC 9110 section 14), within the run and in a later one.
 */
public final class Downloader {
  /** How often a transfer is tried when it breaks. */
  public static final int ATTEMPTS = 5;

  private static final int MAX_REDIRECTS = 5;
  private static final int CONNECT_MILLIS = 15_000;
  private static final int READ_MILLIS = 30_000;
  private static final int BUFFER = 1 << 16;

  /** What the file must be; a transfer that leaves these bounds is cut off. */
  public record Expected(String sha256, long size) {}

  /** Waits between attempts; tests do not. */
  interface Backoff {
    void sleep(Duration time) throws InterruptedException;
  }

  private final Proxies proxies;
  private final Backoff backoff;
  private final int readMillis;

  public Downloader(Proxies proxies) {
    this(proxies, time -> Thread.sleep(time.toMillis()), READ_MILLIS);
  }

  /**
   * @param readMillis how long a transfer may stand still before it counts as broken
   */
  Downloader(Proxies proxies, Backoff backoff, int readMillis) {
    this.proxies = proxies;
    this.backoff = backoff;
    this.readMillis = readMillis;
  }

  /** A small file whose hash nobody knows beforehand, such as a repository's Release. */
  public byte[] fetchSmall(URI uri, int maxBytes) throws IOException {
    return retry(
        uri,
        () -> {
          try (Body body = open(uri, 0)) {
            byte[] bytes = body.in().readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
              throw new GuestException("%s: larger than %d bytes".formatted(uri, maxBytes));
            }
            return bytes;
          }
        });
  }

  /**
   * Fetches into {@code part}, which is complete and verified afterwards; on failure it holds what
   * has arrived.
   *
   * @param what what the progress calls it
   * @throws StaleMirrorException when the mirror has no such file, or another one
   * @throws GuestException when the mirror does not answer
   */
  public void fetch(URI uri, Path part, Expected expected, String what, ProgressSink progress)
      throws IOException {
    long already = Files.exists(part) ? Files.size(part) : 0;
    progress.begin(what, expected.size(), Math.min(already, expected.size()));
    try {
      retry(
          uri,
          () -> {
            transfer(uri, part, expected, progress);
            return null;
          });
    } catch (StaleMirrorException e) {
      Files.deleteIfExists(part);
      throw e;
    } finally {
      progress.end();
    }
  }

  private void transfer(URI uri, Path part, Expected expected, ProgressSink progress)
      throws IOException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    boolean resumed = have > 0;
    if (have < expected.size()) {
      have = append(uri, part, have, expected.size(), progress);
    }
    if (have < expected.size()) {
      throw new IOException("the transfer ended after %d bytes".formatted(have));
    }
    MessageDigest digest = Digest.sha256();
    Digest.update(digest, part);
    String actual = Digest.hex(digest);
    if (!actual.equals(expected.sha256())) {
      String message = "SHA256 is %s, not %s".formatted(actual, expected.sha256());
      if (resumed) { // what an earlier run left may be of another file: one clean transfer decides
        Files.delete(part);
        throw new IOException(message);
      }
      throw new StaleMirrorException(uri, message);
    }
  }

  /** Appends the rest; returns the file's new length. */
  private long append(URI uri, Path part, long have, long size, ProgressSink progress)
      throws IOException {
    try (Body body = open(uri, have)) {
      long at = body.start();
      if (body.total() >= 0 && body.total() != size) {
        String message = "%d bytes long, not %d".formatted(body.total(), size);
        throw new StaleMirrorException(uri, message);
      }
      if (at != have) {
        progress.advance(at - have);
      }
      var mode = at == 0 ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.APPEND;
      try (OutputStream out =
          Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, mode)) {
        byte[] buffer = new byte[BUFFER];
        for (int n = body.in().read(buffer); n >= 0; n = body.in().read(buffer)) {
          at += n;
          if (at > size) {
            throw new StaleMirrorException(uri, "longer than %d bytes".formatted(size));
          }
          out.write(buffer, 0, n);
          progress.advance(n);
        }
      }
      return at;
    }
  }

  private interface Attempt<T> {
    T run() throws IOException;
  }

  private <T> T retry(URI uri, Attempt<T> attempt) throws IOException {
    for (int i = 1; ; i++) {
      try {
        return attempt.run();
      } catch (GuestException e) {
        throw e;
      } catch (IOException e) {
        if (i == ATTEMPTS) {
          throw new GuestException("%s: %s (tried %d times)".formatted(uri, why(e), ATTEMPTS), e);
        }
      }
      pause(Duration.ofMillis(250L << i));
    }
  }

  private static String why(IOException e) {
    if (e instanceof UnknownHostException) {
      return "the host's name is not known";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private void pause(Duration time) throws InterruptedIOException {
    try {
      backoff.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting to try again");
    }
  }

  /** An answer's content from byte {@code start} on, of {@code total} bytes or -1 if unsaid. */
  private record Body(InputStream in, long start, long total) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private Body open(URI uri, long from) throws IOException {
    return switch (String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT)) {
      case "file" -> openFile(uri, from);
      case "http", "https" -> openHttp(uri, from);
      default -> throw new GuestException("%s: only http, https and file are known".formatted(uri));
    };
  }

  private static Body openFile(URI uri, long from) throws IOException {
    try {
      Path file = Path.of(uri);
      InputStream in = Files.newInputStream(file);
      long start = in.skip(from);
      return new Body(in, start, Files.size(file));
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw new StaleMirrorException(uri, "no such file");
    }
  }

  private Body openHttp(URI uri, long from) throws IOException {
    URI at = uri;
    for (int i = 0; i <= MAX_REDIRECTS; i++) {
      HttpURLConnection connection = connect(at, from);
      int status = connection.getResponseCode();
      if (status == HttpURLConnection.HTTP_OK) {
        return new Body(connection.getInputStream(), 0, connection.getContentLengthLong());
      }
      if (status == HttpURLConnection.HTTP_PARTIAL) {
        String range = rangeOf(uri, connection, from);
        String total = range.substring(range.indexOf('/') + 1);
        long length = total.matches("\\d{1,18}") ? Long.parseLong(total) : -1;
        return new Body(connection.getInputStream(), from, length);
      }
      if (status / 100 != 3) {
        throw refusal(uri, status);
      }
      at = redirect(at, connection.getHeaderField("Location"));
    }
    throw new GuestException("%s: more than %d redirections".formatted(uri, MAX_REDIRECTS));
  }

  private HttpURLConnection connect(URI uri, long from) throws IOException {
    Optional<URI> proxy = proxies.of(uri);
    URLConnection connection = uri.toURL().openConnection(Proxies.toJava(proxy));
    HttpURLConnection http = (HttpURLConnection) connection;
    Proxies.login(proxy).ifPresent(http::setAuthenticator);
    http.setConnectTimeout(CONNECT_MILLIS);
    http.setReadTimeout(readMillis);
    http.setInstanceFollowRedirects(false);
    http.setUseCaches(false);
    http.setRequestProperty("User-Agent", "jvmm");
    if (from > 0) {
      http.setRequestProperty("Range", "bytes=" + from + "-");
    }
    return http;
  }

  private static IOException refusal(URI uri, int status) {
    String answer = "the server answers " + status;
    boolean temporary = status >= 500 || status == 408 || status == 416 || status == 429;
    return switch (status) {
      case 404, 410 -> new StaleMirrorException(uri, answer);
      default -> temporary ? new IOException(answer) : new GuestException(uri + ": " + answer);
    };
  }

  private static String rangeOf(URI uri, HttpURLConnection connection, long from)
      throws IOException {
    String range = connection.getHeaderField("Content-Range");
    if (range == null || !range.startsWith("bytes " + from + "-")) {
      throw new GuestException("%s: asked for byte %d, got '%s'".formatted(uri, from, range));
    }
    return range;
  }

  private static URI redirect(URI from, String location) throws IOException {
    try {
      URI to = from.resolve(new URI(String.valueOf(location)));
      boolean secure = "https".equalsIgnoreCase(to.getScheme());
      boolean plain = "http".equalsIgnoreCase(to.getScheme());
      if (location != null && (secure || plain && "http".equalsIgnoreCase(from.getScheme()))) {
        return to;
      }
    } catch (URISyntaxException e) {
      throw new GuestException("%s: redirected to '%s'".formatted(from, location), e);
    }
    throw new GuestException("%s: redirected to '%s'".formatted(from, location));
  }
}
