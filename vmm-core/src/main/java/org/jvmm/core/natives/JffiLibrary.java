package org.jvmm.core.natives;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Loads jffi's native part sooner than jffi does. jffi makes its temporary file by {@code
 * File.createTempFile}, whose random name starts all of the JDK's security providers: half of the
 * time that a short command takes. Here the file lies in a directory of a name of our own, which
 * only its user can enter, and is gone when the library is loaded.
 */
public final class JffiLibrary {
  /** Where jffi looks first. */
  private static final String BOOT_PATH = "jffi.boot.library.path";

  /** The file's name by jffi's own version of its native interface. */
  private static final String FILE = "libjffi-1.2.so";

  private static boolean loaded;

  private JffiLibrary() {}

  /** To be called before jffi is used. Where this is not possible jffi loads its part itself. */
  public static synchronized void load() {
    boolean linux = System.getProperty("os.name").equals("Linux");
    if (loaded || !linux || System.getProperty(BOOT_PATH) != null) {
      return;
    }
    loaded = true;
    String arch = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
    ClassLoader loader = JffiLibrary.class.getClassLoader();
    try (InputStream library = loader.getResourceAsStream("jni/" + arch + "-Linux/" + FILE)) {
      if (library != null) {
        loadFrom(library, loader);
      }
    } catch (IOException | ClassNotFoundException | UnsupportedOperationException e) {
      // No room for the file, or no jffi: whoever calls it hears of it.
    }
  }

  private static void loadFrom(InputStream library, ClassLoader loader)
      throws IOException, ClassNotFoundException {
    Path directory = privateDirectory();
    Path file = directory.resolve(FILE);
    try {
      Files.copy(library, file);
      System.setProperty(BOOT_PATH, directory.toString());
      Class.forName("com.kenai.jffi.internal.StubLoader", true, loader);
    } finally {
      System.clearProperty(BOOT_PATH);
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  /** A new one: a name that somebody has taken before us is not used. */
  private static Path privateDirectory() throws IOException {
    var onlyOwner =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Path parent = Path.of(System.getProperty("java.io.tmpdir"));
    for (int attempt = 0; ; attempt++) {
      try {
        return Files.createDirectory(parent.resolve("jvmm-" + System.nanoTime()), onlyOwner);
      } catch (FileAlreadyExistsException e) {
        if (attempt == 3) {
          throw e;
        }
      }
    }
  }
}
