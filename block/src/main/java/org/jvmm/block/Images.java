package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jvmm.core.accel.NearestName;

/** Opens and creates images, with the formats that are installed. */
public final class Images {
  /** A longer chain of backing files is taken for a mistake. */
  static final int LONGEST_CHAIN = 200;

  /** Looked for when the first image is opened, so that {@link #load} does not wait for it. */
  private static final class Installed {
    static final Map<String, ImageFormat> FORMATS = new TreeMap<>();

    static {
      for (ImageFormat each :
          ServiceLoader.load(ImageFormat.class, Images.class.getClassLoader())) {
        FORMATS.put(each.name(), each);
      }
    }
  }

  private Images() {}

  /**
   * Loads what every image needs, which takes most of the time until a small one is open. A program
   * that has something else to do meanwhile calls this in a thread.
   */
  public static void load() {
    HostFile.load();
  }

  /** The names of all formats, sorted. */
  public static List<String> formats() {
    return List.copyOf(Installed.FORMATS.keySet());
  }

  /** The format of a name; an {@link ImageException} tells the nearest known one. */
  public static ImageFormat format(String name) throws ImageException {
    ImageFormat format = Installed.FORMATS.get(name);
    if (format == null) {
      throw new ImageException(
          "image format %s is unknown%s; known are %s"
              .formatted(
                  name,
                  NearestName.of(name, Installed.FORMATS.keySet())
                      .map(" (meant: %s?)"::formatted)
                      .orElse(""),
                  String.join(", ", formats())));
    }
    return format;
  }

  /** The format whose magic a file bears; raw if it bears none. */
  public static ImageFormat probe(ImageFile file) throws IOException {
    int length = (int) Math.min(file.size(), ImageFormat.PROBE_BYTES);
    ByteBuffer head = ByteBuffer.allocate(length);
    file.read(0, head);
    return probe(head.flip(), file.path()).orElse(format(RawFormat.NAME));
  }

  /** The format that knows these first bytes of a file. */
  static Optional<ImageFormat> probe(ByteBuffer head, Path path) {
    for (ImageFormat each : Installed.FORMATS.values()) {
      if (each.probe(head.duplicate(), path)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /**
   * Opens an image.
   *
   * @param format the format's name; null to go by the file's magic. A writable image that is taken
   *     for raw because it has no magic refuses to be given one (see {@link #warning})
   */
  public static BlockImage open(Path path, String format, OpenOptions options) throws IOException {
    ImageFormat chosen = format == null ? null : format(format);
    ImageFile file = options.files().open(path, options);
    try {
      if (chosen == null) {
        chosen = probe(file);
        if (chosen instanceof RawFormat && !options.readOnly()) {
          return RawImage.guessed(file, options);
        }
      }
      return chosen.open(file, options);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Opens an image by the name that a user gives: a path, or a host directory as a disk ({@code
   * fat:DIR}, {@code iso:DIR}).
   *
   * @param format as for {@link #open(Path, String, OpenOptions)}; a directory has none
   */
  public static BlockImage open(String name, String format, OpenOptions options)
      throws IOException {
    Optional<DiskScheme> scheme = scheme(name);
    if (scheme.isPresent()) {
      return scheme.get().open(name, options);
    }
    try {
      return open(Path.of(name), format, options);
    } catch (InvalidPathException e) {
      throw new ImageException("%s is no path: %s".formatted(name, e.getReason()));
    }
  }

  /** Whether a name is that of a disk without a file. */
  public static boolean hasScheme(String name) {
    return scheme(name).isPresent();
  }

  private static Optional<DiskScheme> scheme(String name) {
    if (name.indexOf(':') < 0) {
      return Optional.empty();
    }
    return ServiceLoader.load(DiskScheme.class, Images.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .filter(each -> each.prefixes().stream().anyMatch(name::startsWith))
        .findFirst();
  }

  /**
   * What the user should hear about an image: that it is raw for want of a magic, or that it is
   * written as raw although it has one.
   */
  public static Optional<String> warning(BlockImage image) throws IOException {
    if (!(image instanceof RawImage raw)) {
      return Optional.empty();
    }
    if (raw.isGuessed()) {
      return Optional.of(
          raw.path()
              + ": no format was given and none was recognized, so it is used as raw, and writes"
              + " that would make it look like another format are refused; format=raw lifts this");
    }
    return raw.readOnly()
        ? Optional.empty()
        : probe(raw.head(), raw.path())
            .map(
                other ->
                    "%s: looks like %s, and is written as raw because format=raw says so"
                        .formatted(raw.path(), other.name()));
  }

  /**
   * Makes a new image, over an old one that nobody uses; when it is refused the old one stays.
   *
   * @param size bytes of the disk; -1 to take the backing file's
   */
  public static void create(Path path, String format, long size, CreateOptions options)
      throws IOException {
    ImageFormat chosen = format(format);
    boolean existed = Files.exists(path);
    try (ImageFile file = HostFile.create(path)) {
      chosen.create(file, size, options);
    } catch (IOException | RuntimeException e) {
      if (!existed) {
        deleteAfter(e, path);
      }
      throw e;
    }
  }

  private static void deleteAfter(Exception cause, Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Makes an empty file beside an image's own, for formats that use several. */
  public static ImageFile newFile(Path path) throws IOException {
    return HostFile.create(path);
  }

  /**
   * Opens the image below another one, for reading.
   *
   * @param name as it stands in the upper image: a path, relative to the upper image's directory
   * @param format its format; null to go by its magic
   */
  public static BlockImage openBacking(
      ImageFile upper, String name, String format, OpenOptions options) throws IOException {
    Path path = backingPath(upper.path(), name);
    List<Path> chain = new ArrayList<>(options.chain());
    chain.add(identity(upper.path()));
    if (chain.contains(identity(path))) {
      throw new ImageException(
          "%s: backing file %s is one of the images above it: a cycle"
              .formatted(upper.path(), name));
    }
    if (chain.size() >= LONGEST_CHAIN) {
      throw new ImageException(
          "%s: backing file %s: more than %d files in a chain"
              .formatted(upper.path(), name, LONGEST_CHAIN));
    }
    OpenOptions below = options.withReadOnly(true).withRepair(false).withSnapshot(null);
    try {
      return open(path, format, below.withChain(chain));
    } catch (ImageException e) {
      throw e.getMessage().contains("backing file")
          ? e
          : new ImageException("%s: backing file: %s".formatted(upper.path(), e.getMessage()));
    }
  }

  /** Where a backing file is. */
  public static Path backingPath(Path upper, String name) throws ImageException {
    String plain = name.startsWith("file:") ? name.substring("file:".length()) : name;
    int colon = plain.indexOf(':');
    int slash = plain.indexOf('/');
    if (colon > 0 && (slash < 0 || colon < slash)) {
      throw new ImageException(
          "%s: backing file %s: only files are supported, not %s"
              .formatted(upper, name, plain.substring(0, colon + 1)));
    }
    try {
      return upper.resolveSibling(plain);
    } catch (InvalidPathException e) {
      throw new ImageException("%s: backing file %s is no path".formatted(upper, name));
    }
  }

  private static Path identity(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }
}
