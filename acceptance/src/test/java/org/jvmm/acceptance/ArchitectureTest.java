package org.jvmm.acceptance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of docs/ARCHITECTURE.md, each with its reason. */
@AnalyzeClasses(packages = "org.jvmm", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest
  static final ArchRule core_stands_alone =
      noClasses()
          .that()
          .resideInAPackage("org.jvmm.core..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.jvmm.devices..",
              "org.jvmm.kvm..",
              "org.jvmm.softcpu..",
              "org.jvmm.rescue..",
              "org.jvmm.pc..",
              "org.jvmm.console..",
              "org.jvmm.net..",
              "org.jvmm.block..",
              "org.jvmm.guests..",
              "org.jvmm.cli..")
          .because("all arrows point to the contracts, so that each part can be replaced alone");

  @ArchTest
  static final ArchRule devices_know_no_accelerator_and_no_host =
      noClasses()
          .that()
          .resideInAPackage("org.jvmm.devices..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.jvmm.core.accel..",
              "org.jvmm.kvm..",
              "org.jvmm.softcpu..",
              "org.jvmm.rescue..",
              "org.jvmm.pc..",
              "org.jvmm.console..",
              "org.jvmm.net..",
              "org.jvmm.block..",
              "io.netty..",
              "java.net..",
              "java.io..",
              "java.nio.file..")
          .because(
              "a device runs the same under every accelerator and on every backend; the board wires it");

  @ArchTest
  static final ArchRule accelerators_do_not_know_each_other_nor_the_board =
      noClasses()
          .that()
          .resideInAnyPackage("org.jvmm.kvm..", "org.jvmm.softcpu..", "org.jvmm.rescue..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jvmm.pc..", "org.jvmm.devices..", "org.jvmm.cli..")
          .because("an accelerator runs vCPUs; what is on the board is not its business");

  @ArchTest
  static final ArchRule kvm_and_soft_are_apart =
      noClasses()
          .that()
          .resideInAPackage("org.jvmm.kvm..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.jvmm.softcpu..")
          .because("each accelerator can be left out of a build");

  @ArchTest
  static final ArchRule soft_knows_no_other_accelerator =
      noClasses()
          .that()
          .resideInAPackage("org.jvmm.softcpu..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jvmm.kvm..", "org.jvmm.rescue..")
          .because("each accelerator can be left out of a build");

  @ArchTest
  static final ArchRule the_rescue_wraps_any_accelerator =
      noClasses()
          .that()
          .resideInAPackage("org.jvmm.rescue..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jvmm.kvm..", "org.jvmm.pc..", "org.jvmm.devices..")
          .because("it stands on the contract of a refused instruction, not on who refuses it");

  @ArchTest
  static final ArchRule host_ends_know_only_the_contracts =
      noClasses()
          .that()
          .resideInAnyPackage("org.jvmm.console..", "org.jvmm.net..", "org.jvmm.block..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jvmm.devices..", "org.jvmm.pc..", "org.jvmm.cli..")
          .because("a host end serves any device of its kind, on any board");

  @ArchTest
  static final ArchRule raw_memory_is_for_providers =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.jvmm.devices..",
              "org.jvmm.pc..",
              "org.jvmm.console..",
              "org.jvmm.net..",
              "org.jvmm.cli..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("org.jvmm.core.mem.RawMemory")
          .because("what a guest can address is checked in one class, GuestMemory");

  @ArchTest
  static final ArchRule chips_do_not_know_each_other =
      slices()
          .matching("org.jvmm.devices.(*)..")
          .should()
          .beFreeOfCycles()
          .because("a chip is one datasheet; only the board joins them");
}
