package org.jvmm.cli;

import java.util.Arrays;
import org.jvmm.cli.img.Img;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.ConfigException;
import org.jvmm.core.mem.RamException;
import org.jvmm.pc.boot.BootException;

/**
 * {@code java -jar jvmm.jar}: reads the command line, runs the machine, turns what happened into an
 * exit status.
 */
public final class Jvmm {
  private Jvmm() {}

  public static void main(String[] args) {
    int status = execute(args);
    System.exit(status); // not a mere return: a thread may sit in a blocking read of standard input
  }

  static int execute(String[] args) {
    if (args.length > 0 && args[0].equals("doctor")) {
      return Doctor.run();
    }
    if (args.length > 0 && args[0].equals("img")) {
      return Img.run(Arrays.copyOfRange(args, 1, args.length), System.out, System.err);
    }
    Options plain = PlainLine.read(args);
    return plain != null ? run(plain) : AnyLine.run(args);
  }

  /** Runs what the options ask for; the exit status. */
  static int run(Options options) {
    if (options.version) {
      System.out.println(version());
      return ExitStatus.OK;
    }
    if (Listing.isAsked(options)) {
      System.out.print(Listing.of(options));
      return ExitStatus.OK;
    }
    try {
      return new RunCommand(options).run();
    } catch (UsageException | BootException | ConfigException e) {
      return fail(options, ExitStatus.USAGE, e.getMessage(), e);
    } catch (AccelException | RamException e) {
      return fail(options, ExitStatus.HOST, e.getMessage(), e);
    } catch (InterruptedException e) {
      return fail(options, ExitStatus.HOST, "interrupted", e);
    }
  }

  /** The program's name and version. */
  static String version() {
    String version = Jvmm.class.getPackage().getImplementationVersion();
    return "jvmm " + (version == null ? "(not from a jar)" : version);
  }

  /** Says what went wrong; the exit status. */
  static int fail(Options options, int status, String message, Exception cause) {
    System.err.println("jvmm: " + message);
    if (options.verbose) {
      cause.printStackTrace();
    }
    return status;
  }
}
