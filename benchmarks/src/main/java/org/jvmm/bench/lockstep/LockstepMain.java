package org.jvmm.bench.lockstep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jvmm.core.accel.AccelException;
import org.jvmm.kvm.KvmAccelerator;
import org.jvmm.softcpu.SoftAccelerator;

/**
 * {@code LockstepMain FILE [BITS [ADDRESS [LEFT [RIGHT [EVERY [LIMIT]]]]]]}: runs the file as a
 * guest on two engines ({@code soft}, {@code soft-step}, {@code kvm}) and prints where they differ
 * first. Status 0 if nowhere, 1 if somewhere, 2 for a wrong argument.
 */
public final class LockstepMain {
  private static final int RAM = 1 << 20;

  private LockstepMain() {}

  /** The engine of a name. */
  static Function<FlatGuest, Engine> engine(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "soft" -> BlockEngine::new;
      case "soft-step" -> guest -> new StepEngine("soft-step", new SoftAccelerator(), guest);
      case "kvm" -> guest -> new StepEngine("kvm", new KvmAccelerator(), guest);
      default ->
          throw new IllegalArgumentException("no engine '" + name + "': soft, soft-step, kvm");
    };
  }

  private static String argument(String[] args, int i, String otherwise) {
    return i < args.length ? args[i] : otherwise;
  }

  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String[] args) {
    try {
      if (args.length == 0) {
        throw new IllegalArgumentException(
            "usage: FILE [BITS=16 [ADDRESS=0x7c00 [LEFT=soft [RIGHT=soft-step [EVERY=1000"
                + " [LIMIT=1000000]]]]]]");
      }
      FlatGuest guest =
          new FlatGuest(
              Files.readAllBytes(Path.of(args[0])),
              Integer.decode(argument(args, 2, "0x7c00")),
              Integer.decode(argument(args, 1, "16")),
              RAM);
      String left = argument(args, 3, "soft");
      String right = argument(args, 4, "soft-step");
      String every = left.equals("kvm") || right.equals("kvm") ? "1" : "1000";
      Lockstep lockstep = new Lockstep(guest, engine(left), engine(right));
      Optional<Divergence> found =
          lockstep.run(
              Long.decode(argument(args, 6, "1000000")), Integer.decode(argument(args, 5, every)));
      System.out.println(
          found
              .map(each -> each.report(left, right))
              .orElseGet(() -> "equal for %d instructions".formatted(lockstep.executed())));
      return found.isPresent() ? 1 : 0;
    } catch (IOException | IllegalArgumentException | AccelException e) {
      System.err.println("lockstep: " + e.getMessage());
      return 2;
    }
  }
}
