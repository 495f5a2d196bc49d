package org.jvmm.softcpu.exec;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup.ClassOption;
import java.util.HashMap;
import java.util.Map;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/**
 * Makes handlers out of templates: a template is a {@link Handler} that reads its parameters
 * (operation, width, operand form) from static final fields. For each set of parameters the class
 * is defined once more as a hidden class with them as class data, so the compiler sees constants:
 * one semantics method, and still a handler of its own for each width and form, with its own
 * profile.
 */
public final class Specializer {
  private static final Map<Class<?>, byte[]> BYTES = new HashMap<>();
  private static final Map<Class<?>, Map<Integer, Handler>> MADE = new HashMap<>();

  private Specializer() {}

  /**
   * The handler of a template for given parameters.
   *
   * @param key the parameters, which the template finds by {@link #key}
   */
  public static synchronized Handler get(Class<? extends Handler> template, int key) {
    Map<Integer, Handler> made = MADE.computeIfAbsent(template, t -> new HashMap<>());
    Handler handler = made.get(key);
    if (handler == null) {
      handler = define(template, key);
      made.put(key, handler);
    }
    return handler;
  }

  static synchronized Handler wrap(Handler.Semantics semantics) {
    return define(Wrapper.class, semantics);
  }

  /** The parameters, asked for by the template's static initializer. */
  public static int key(MethodHandles.Lookup template) {
    return data(template, Integer.class);
  }

  static <T> T data(MethodHandles.Lookup template, Class<T> type) {
    try {
      return MethodHandles.classData(template, "_", type);
    } catch (IllegalAccessException e) {
      throw new LinkageError(template.lookupClass() + " has no parameters", e);
    }
  }

  private static Handler define(Class<?> template, Object data) {
    byte[] bytes = BYTES.computeIfAbsent(template, Specializer::read);
    try {
      MethodHandles.Lookup made =
          MethodHandles.privateLookupIn(template, MethodHandles.lookup())
              .defineHiddenClassWithClassData(bytes, data, true, ClassOption.NESTMATE);
      return (Handler) made.lookupClass().getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no specialisation of " + template, e);
    }
  }

  private static byte[] read(Class<?> template) {
    String file = template.getName().substring(template.getPackageName().length() + 1) + ".class";
    try (InputStream in = template.getResourceAsStream(file)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new LinkageError("class file of " + template, e);
    }
  }

  /** The template of handlers that are functions. */
  static final class Wrapper extends Handler {
    private static final Semantics SEMANTICS = data(MethodHandles.lookup(), Semantics.class);

    Wrapper() {}

    @Override
    public void execute(Cpu cpu, Insn insn) {
      SEMANTICS.execute(cpu, insn);
    }
  }
}
