"""Nothing is routed: views are called as a request would."""

urlpatterns: list[object] = []
