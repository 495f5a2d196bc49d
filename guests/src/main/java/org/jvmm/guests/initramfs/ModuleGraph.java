package org.jvmm.guests.initramfs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * All modules of a kernel and how they depend on one another; makes the files that depmod would
 * make (Debian's packages leave them to their installation).
 */
public final class ModuleGraph {

  /**
   * One module.
   *
   * @param path below /lib/modules/RELEASE, such as kernel/fs/ext4/ext4.ko
   */
  public record Module(String path, ModuleInfo info) {
    /** File name without directory and .ko, with underscores. */
    public String name() {
      String file = path.substring(path.lastIndexOf('/') + 1);
      return ModuleInfo.canonical(file.replaceFirst("\\.ko$", ""));
    }
  }

  private final Map<String, Module> modules = new TreeMap<>();

  public void add(Module module) {
    modules.put(module.name(), module);
  }

  /**
   * The named modules with everything they depend on, each after its dependencies. A name that no
   * module has is passed over: the kernel has it built in or was built without.
   */
  public List<Module> closure(Collection<String> names) {
    Set<Module> ordered = new LinkedHashSet<>();
    Set<String> entered = new LinkedHashSet<>();
    names.forEach(name -> visit(ModuleInfo.canonical(name), true, entered, ordered));
    return List.copyOf(ordered);
  }

  /** modules.dep: for each module its dependencies, those to be loaded first at the line's end. */
  public String dependencyFile(Collection<Module> selected) {
    StringBuilder text = new StringBuilder();
    for (Module module : sorted(selected)) {
      List<Module> needed = new ArrayList<>();
      Set<Module> ordered = new LinkedHashSet<>();
      visit(module.name(), false, new LinkedHashSet<>(), ordered);
      ordered.stream().filter(m -> m != module).forEach(m -> needed.add(0, m));
      text.append(module.path()).append(':');
      needed.forEach(m -> text.append(' ').append(m.path()));
      text.append('\n');
    }
    return text.toString();
  }

  /** modules.alias: pattern and module, one a line. */
  public String aliasFile(Collection<Module> selected) {
    StringBuilder text = new StringBuilder();
    for (Module module : sorted(selected)) {
      for (String alias : module.info().aliases()) {
        text.append("alias %s %s\n".formatted(alias, module.name()));
      }
    }
    return text.toString();
  }

  private static List<Module> sorted(Collection<Module> selected) {
    return selected.stream().sorted((a, b) -> a.path().compareTo(b.path())).toList();
  }

  private void visit(String name, boolean soft, Set<String> entered, Set<Module> ordered) {
    Module module = modules.get(name);
    if (module == null || !entered.add(name)) {
      return;
    }
    for (String dependency : module.info().depends()) {
      visit(ModuleInfo.canonical(dependency), soft, entered, ordered);
    }
    ordered.add(module);
    if (soft) {
      for (String wanted : module.info().softDepends()) {
        byNameOrAlias(wanted).ifPresent(m -> visit(m.name(), true, entered, ordered));
      }
    }
  }

  /** Of several with the alias the one in portable C, which runs on every CPU. */
  private Optional<Module> byNameOrAlias(String wanted) {
    Module named = modules.get(ModuleInfo.canonical(wanted));
    if (named != null) {
      return Optional.of(named);
    }
    List<Module> candidates =
        modules.values().stream().filter(m -> m.info().aliases().contains(wanted)).toList();
    return candidates.stream()
        .filter(m -> m.name().endsWith("_generic"))
        .findFirst()
        .or(() -> candidates.stream().findFirst());
  }
}
