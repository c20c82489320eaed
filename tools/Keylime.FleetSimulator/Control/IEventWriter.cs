namespace Keylime.FleetSimulator.Control;

/// <summary>Where events go. Called from several threads.</summary>
internal interface IEventWriter
{
    void Write(FleetEvent what);
}
