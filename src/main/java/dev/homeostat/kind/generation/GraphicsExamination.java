package dev.homeostat.kind.generation;

import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Hardware.Maker;
import dev.homeostat.host.facts.MachineLook;
import dev.homeostat.kind.generation.settings.Graphics;
import dev.homeostat.resource.Desired;
import dev.homeostat.resource.Examination;
import dev.homeostat.resource.Finding;
import dev.homeostat.resource.Trouble;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** That the display controllers that are to have drivers have them, where a generated system is declared. Thread-safe. */
@ApplicationScoped
class GraphicsExamination implements Examination {
    private static final String GROUP = "gpu";

    private final MachineLook machines;

    GraphicsExamination(MachineLook machines) {
        this.machines = machines;
    }

    @Override
    public List<Finding> look(Collection<Desired<?>> declared) {
        List<Finding> findings = new ArrayList<>();
        declared.forEach(d -> {
            if (d.spec() instanceof GenerationSpec spec && spec.source() instanceof SystemSource.Generated source) {
                try {
                    findings.addAll(look(source.elsewhere().hardware().gpu(), machines.hardware()));
                } catch (Trouble t) {
                    findings.add(Finding.failed(GROUP, "drivers", t));
                }
            }
        });
        return findings;
    }

    static List<Finding> look(Graphics wanted, Hardware hardware) {
        List<Finding> findings = new ArrayList<>();
        if (wanted.vendors() == null) {
            hardware.displays().stream()
                    .filter(display -> display.maker() != Maker.OTHER)
                    .forEach(display -> findings.add(driver(display)));
        } else {
            wanted.vendors().forEach(vendor -> {
                List<Hardware.Display> meant = hardware.displays().stream()
                        .filter(display -> display.maker().label().equals(vendor.label()))
                        .toList();
                if (meant.isEmpty()) {
                    findings.add(Finding.failed(
                            GROUP,
                            vendor.label(),
                            "this machine has no display controller of " + vendor.label(),
                            "correct hardware.gpu; homeostat facts lists what there is"));
                }
                meant.forEach(display -> findings.add(driver(display)));
            });
        }
        if (wanted.vendors() == null || !wanted.vendors().isEmpty()) {
            hardware.nvidia()
                    .flatMap(Hardware.Nvidia::disagreement)
                    .ifPresent(why -> findings.add(Finding.failed(GROUP, "nvidia driver", why, "reboot")));
        }
        return findings;
    }

    private static Finding driver(Hardware.Display display) {
        String name = display.maker().label() + " at " + display.slot();
        return display.driver()
                .map(driver -> Finding.passed(
                        GROUP,
                        name,
                        "driver " + driver + display.version().map(v -> " " + v).orElse("")))
                .orElseGet(() -> Finding.failed(
                        GROUP, name, "no driver is bound to it", "reboot, or see what the kernel says: dmesg"));
    }
}
